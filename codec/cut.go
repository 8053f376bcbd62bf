package codec

import "cmp"

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

const cutLen = 4 + 4

func (c Cut) append(b []byte) []byte { return put32(put32(b, uint32(c.Round)), uint32(c.Tick)) }

func (r *reader) cut() Cut { return Cut{Round(r.u32()), Tick(r.u32())} }
