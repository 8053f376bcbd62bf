//go:build !linux

package actor

import (
	"errors"
	"fmt"
)

func pin(cpu int) error {
	return fmt.Errorf("bind the thread to processor %d: %w", cpu, errors.ErrUnsupported)
}
