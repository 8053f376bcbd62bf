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
	ErrWeight       = errors.New("partition: a base weight is 0 or above 2^27")
	ErrMain         = errors.New("partition: fewer connected nodes than treasures and spawns need")
	ErrMemory       = errors.New("partition: the memory given is smaller than MemorySize or not aligned to 8 bytes")
	ErrSnapshot     = errors.New("partition: the snapshot is damaged or of another version")
	ErrWorld        = errors.New("partition: the snapshot is of another world or partition")
	ErrHash         = errors.New("partition: the state hash kept up to date differs from the one computed in full")
)

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
