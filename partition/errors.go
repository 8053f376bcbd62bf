package partition

import (
	"errors"
	"strconv"
)

// The errors of building and restoring a partition. Step and Tick have none:
// they answer with codes.
var (
	ErrRulesVersion = errors.New("partition: the rules are of a version that this binary does not run")
	ErrRules        = errors.New("partition: a parameter of the rules is outside its range")
	ErrTopology     = errors.New("partition: the topology's arrays do not fit together")
	ErrDegree       = errors.New("partition: a node has more than 65,535 edges")
	ErrWeight       = errors.New("partition: a base weight is 0 or above 2^27")
	ErrMain         = errors.New("partition: fewer than two nodes are connected both ways")
	ErrMemory       = errors.New("partition: the memory given is smaller than MemorySize or not aligned to 8 bytes")
	ErrSnapshot     = errors.New("partition: the snapshot is damaged or of another version")
	ErrWorld        = errors.New("partition: the snapshot is of another world or partition")
	ErrHash         = errors.New("partition: the state hash kept up to date differs from the one computed in full")
)

// BoundError names the node or the edge of the world that breaks a bound.
type BoundError struct {
	Bound error // ErrDegree or ErrWeight
	ID    uint32
	Value uint32
}

func (e *BoundError) Error() string {
	what := ": edge "
	if errors.Is(e.Bound, ErrDegree) {
		what = ": node "
	}
	return e.Bound.Error() + what + strconv.FormatUint(uint64(e.ID), 10) + " has " + strconv.FormatUint(uint64(e.Value), 10)
}

func (e *BoundError) Unwrap() error { return e.Bound }

// SizeError says which table makes a shard too large.
type SizeError struct {
	Table string
	Bytes int // of that table
	Total int // of the shard
}

func (e *SizeError) Error() string {
	return "partition: the shard takes " + strconv.Itoa(e.Total) + " bytes, more than the " +
		strconv.Itoa(MaxShard) + " allowed; its largest table is " + e.Table + " with " +
		strconv.Itoa(e.Bytes) + " bytes; cut the world into more partitions"
}
