package codec

import (
	"cmp"
	"strconv"
	"strings"
)

// Cut names a refresh of a hunt: all its partitions bring the weights that
// searches read up to date at this tick of this round. Cuts are compared in
// that order.
type Cut struct {
	Round Round
	Tick  Tick
}

// Compare orders by round, then by tick.
func (c Cut) Compare(o Cut) int {
	return cmp.Or(cmp.Compare(c.Round, o.Round), cmp.Compare(c.Tick, o.Tick))
}

// String is round/tick, as operators write it.
func (c Cut) String() string {
	return strconv.FormatUint(uint64(c.Round), 10) + "/" + strconv.FormatUint(uint64(c.Tick), 10)
}

// ParseCut reads round/tick. Rounds count from 1.
func ParseCut(s string) (Cut, error) {
	round, tick, _ := strings.Cut(s, "/")
	r, err1 := strconv.ParseUint(round, 10, 32)
	t, err2 := strconv.ParseUint(tick, 10, 32)
	if err1 != nil || err2 != nil || r == 0 {
		return Cut{}, ErrValue
	}
	return Cut{Round(r), Tick(t)}, nil
}

// Rollback orders the partitions of a hunt to go back, all at the same boundary.
type Rollback struct {
	At    Cut    // the boundary whose place it takes
	To    Cut    // the partition's state right after this one is gone back to
	State uint64 // that state's hash
}

// Input is what a partition's journal holds of it.
func (r *Rollback) Input() Input { return Input{Kind: InputRolledBack, Cut: r.To, State: r.State} }

const cutLen = 4 + 4

func (c Cut) append(b []byte) []byte { return put32(put32(b, uint32(c.Round)), uint32(c.Tick)) }

func (r *reader) cut() Cut { return Cut{Round(r.u32()), Tick(r.u32())} }
