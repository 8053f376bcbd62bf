package codec

// Delta is a new weight of an edge, absolute. Seq is the partition's sequence
// of weight changes and thereby the edge's version: it only grows (I6).
type Delta struct {
	Seq    DeltaSeq
	Edge   EdgeID
	Weight Weight
	Round  Round
	Tick   Tick // the boundary of the round at which it changed
}

const deltaPayload = 8 + 4 + 4 + 4 + 4

// DeltaLen is the frame's length in bytes.
const DeltaLen = headerLen + deltaPayload

// Len is the frame's length in bytes.
func (Delta) Len() int { return DeltaLen }

// Append appends the frame.
func (d Delta) Append(b []byte) []byte {
	b = appendHeader(b, TypeDelta, deltaPayload)
	b = put64(b, uint64(d.Seq))
	b = put32(b, uint32(d.Edge))
	b = put32(b, uint32(d.Weight))
	b = put32(b, uint32(d.Round))
	return put32(b, uint32(d.Tick))
}

// ParseDelta reads a payload.
func ParseDelta(b []byte) (d Delta, err error) {
	if err = exact(b, deltaPayload); err != nil {
		return d, err
	}
	r := reader{b}
	d.Seq = DeltaSeq(r.u64())
	d.Edge = EdgeID(r.u32())
	d.Weight = Weight(r.u32())
	d.Round = Round(r.u32())
	d.Tick = Tick(r.u32())
	return d, nil
}
