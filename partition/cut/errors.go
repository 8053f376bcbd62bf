package cut

import (
	"errors"
	"strconv"

	"github.com/huntgraph/huntgraph/codec"
)

// ErrReport says that a report's tables do not have its border's sizes.
var ErrReport = errors.New("cut: the report does not fit the partition's border")

// BorderError says which partition's border does not fit the others.
type BorderError struct {
	Partition codec.PartitionID
	What      string
}

func (e *BorderError) Error() string {
	return "cut: the border of partition " + strconv.Itoa(int(e.Partition)) + ": " + e.What
}
