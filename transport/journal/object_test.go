package journal

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"
)

// Whenever a put is called off, there is the whole object or none: never a
// description whose chunks are gone.
func TestPutCalledOff(t *testing.T) {
	j, _ := open(t, t.TempDir())
	l := j.Partition(4)
	want := noise(500)
	whole, none := 0, 0
	for i := range 120 {
		at := at(2, uint64(i+1))
		ctx, cancel := context.WithTimeout(soon(t), time.Duration(i)*30*time.Microsecond)
		err := l.PutSnapshot(ctx, at, want)
		cancel()
		got, read := l.Snapshot(soon(t), at)
		switch {
		case read == nil && bytes.Equal(got, want):
			whole++
		case errors.Is(read, ErrNoSnapshot) && err != nil:
			none++
		default:
			t.Fatalf("called off after %d us (%v): %d bytes, %v", i*30, err, len(got), read)
		}
	}
	if whole < 10 || none < 10 {
		t.Errorf("%d whole, %d none: called off too early, or too late", whole, none)
	}
}
