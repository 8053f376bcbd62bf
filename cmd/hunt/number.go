package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// number is a flag's number with its bounds, which are checked where the number
// is read: no verb meets one that it cannot work with.
type number[T int | float64 | time.Duration] struct {
	value       *T
	least, most T // both included
	read        func(string) (T, error)
	kind        string
}

// count is a flag of a whole number, also in the notations 47e6 and 47_000_000.
// It sets the value to what it is without the flag, as rate and span do.
func count(value *int, preset, least, most int) *number[int] {
	*value = preset
	return &number[int]{value, least, most, readCount, "number"}
}

// rate is a flag of a number a second.
func rate(value *float64, preset, least, most float64) *number[float64] {
	*value = preset
	return &number[float64]{value, least, most, readRate, "rate"}
}

// portion is a flag of a part of a whole, from 0 to 1.
func portion(value *float64, preset, least, most float64) *number[float64] {
	*value = preset
	return &number[float64]{value, least, most, readRate, "portion"}
}

// span is a flag of a length of time.
func span(value *time.Duration, preset, least, most time.Duration) *number[time.Duration] {
	*value = preset
	return &number[time.Duration]{value, least, most, readSpan, "duration"}
}

// Set reads the number and holds it to its bounds.
func (n *number[T]) Set(text string) error {
	v, err := n.read(text)
	if err != nil {
		return err
	}
	if !(v >= n.least && v <= n.most) { // NaN too
		return fmt.Errorf("want %v to %v", n.least, n.most)
	}
	*n.value = v
	return nil
}

// String is the number in plain digits; a help does not show a default of "0".
func (n *number[T]) String() string {
	if n.value == nil || *n.value == 0 {
		return "0"
	}
	return fmt.Sprint(*n.value)
}

// Type is what the help calls the flag's value.
func (n *number[T]) Type() string { return n.kind }

var (
	errCount = errors.New("want a whole number, for example 50000, 50_000 or 5e4")
	errRate  = errors.New("want a number, for example 4 or 0.5")
	errSpan  = errors.New("want a duration, for example 15s, 2m30s or 1h")
)

// maxExact is the largest whole number below which all are exact as floats.
const maxExact = 1 << 53

func readCount(text string) (int, error) {
	f, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > maxExact {
		return 0, errCount
	}
	return int(f), nil
}

func readRate(text string) (float64, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, errRate
	}
	return f, nil
}

func readSpan(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, errSpan
	}
	return d, nil
}
