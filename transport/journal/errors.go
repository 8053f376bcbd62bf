package journal

import (
	"errors"
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
)

var (
	// ErrFenced means that another writer's record stands where the append was to
	// go: the caller no longer owns the log (I4) and must stop.
	ErrFenced = errors.New("journal: another record stands here, the writer is fenced")
	// ErrFull means that the round's stream holds MaxMessages. Nothing was stored:
	// it is back-pressure, the round has to end.
	ErrFull = errors.New("journal: the round's stream is full")
	// ErrNoStream means that the round's stream does not exist; Create makes it.
	ErrNoStream = errors.New("journal: the round has no stream")
	// ErrNoSnapshot means that the partition has no snapshot of the index.
	ErrNoSnapshot = errors.New("journal: no such snapshot")
	// ErrNoArchive means that the round's events have no archive.
	ErrNoArchive = errors.New("journal: no such archive")
	// ErrDamaged is what every error about lost or unreadable data wraps.
	ErrDamaged = errors.New("journal: stored data is damaged")
)

// DamageError says where a partition's log is not whole (I5). It wraps ErrDamaged.
type DamageError struct {
	Partition codec.PartitionID
	Index     codec.Index // the first record that is missing or cannot be read
	Err       error       // what was seen
}

// Error names the partition and the index.
func (e *DamageError) Error() string {
	return fmt.Sprintf("journal: partition %d is damaged at index %v: %v", e.Partition, e.Index, e.Err)
}

// Unwrap gives ErrDamaged and the cause.
func (e *DamageError) Unwrap() []error { return []error{ErrDamaged, e.Err} }
