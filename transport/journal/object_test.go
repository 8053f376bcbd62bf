package journal

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"
)

// Whenever a put is called off, there is the whole object or none: never a
// description whose chunks are gone. It is called off at eighths of the time that it
// takes, which is found on the way: half of the puts are called off too late.
func TestPutCalledOff(t *testing.T) {
	j, _ := open(t, t.TempDir())
	l := j.Partition(4)
	want := noise(500)
	whole, none := 0, 0
	takes := time.Millisecond
	for i := range 160 {
		at := at(2, uint64(i+1))
		wait := takes * time.Duration(i%16) / 8
		ctx, cancel := context.WithTimeout(soon(t), wait)
		err := l.PutSnapshot(ctx, at, want)
		cancel()
		got, read := l.Snapshot(soon(t), at)
		switch {
		case read == nil && bytes.Equal(got, want):
			if whole++; wait < takes {
				takes -= takes / 4
			}
		case errors.Is(read, ErrNoSnapshot) && err != nil:
			if none++; wait >= takes {
				takes += takes / 4
			}
		default:
			t.Fatalf("called off after %v (%v): %d bytes, %v", wait, err, len(got), read)
		}
	}
	if whole < 10 || none < 10 {
		t.Errorf("%d whole, %d none: called off too early, or too late", whole, none)
	}
}
