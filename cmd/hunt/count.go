package main

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// count is a flag's whole number, also in the notations 47e6 and 47_000_000.
type count int

// maxCount is the largest that a count may be: all below it are exact.
const maxCount = 1 << 53

var errCount = errors.New("want a whole number, for example 50000, 50_000 or 5e4")

// Set reads a number.
func (c *count) Set(text string) error {
	f, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > maxCount {
		return errCount
	}
	*c = count(f)
	return nil
}

// String is the number in plain digits.
func (c *count) String() string { return strconv.Itoa(int(*c)) }

// Type is what the help calls the flag's value.
func (*count) Type() string { return "number" }
