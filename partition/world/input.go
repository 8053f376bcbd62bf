package world

import (
	"errors"
	"fmt"
)

// ErrInput is what an error is, by errors.Is, that says why a source, a graph or
// a published query cannot be used: the user's to mend, by what the error tells.
var ErrInput = errors.New("the input cannot be used")

// refusal is such an error where no line of a text is to be named.
type refusal struct{ error }

func (r *refusal) Is(target error) bool { return target == ErrInput }
func (r *refusal) Unwrap() error        { return errors.Unwrap(r.error) }

// Refuse makes an error of ErrInput, as fmt.Errorf does one.
func Refuse(format string, args ...any) error {
	return &refusal{fmt.Errorf(format, args...)}
}
