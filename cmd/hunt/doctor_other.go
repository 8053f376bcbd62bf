//go:build !linux

package main

import "errors"

// clockSynchronised is only known to Linux.
func clockSynchronised() (bool, error) { return false, errors.ErrUnsupported }
