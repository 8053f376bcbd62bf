package codec

// SetWeight sets an edge's weight for as long as nothing else is set: a game
// server's event. Blocked closes the edge, 0 gives it back to its base and its
// congestion. The weight is absolute, so sending it again changes nothing.
type SetWeight struct {
	Key    uint64 // the sender's own; the answer repeats it
	Edge   EdgeID
	Weight Weight
}

const weightPayload = 8 + 4 + 4

// WeightLen is the frame's length in bytes.
const WeightLen = headerLen + weightPayload

// Len is the frame's length in bytes.
func (SetWeight) Len() int { return WeightLen }

// Append appends the frame.
func (s SetWeight) Append(b []byte) []byte {
	b = appendHeader(b, TypeWeight, weightPayload)
	b = put64(b, s.Key)
	b = put32(b, uint32(s.Edge))
	return put32(b, uint32(s.Weight))
}

// ParseSetWeight reads a payload.
func ParseSetWeight(b []byte) (s SetWeight, err error) {
	if err = exact(b, weightPayload); err != nil {
		return s, err
	}
	r := reader{b}
	s.Key = r.u64()
	s.Edge = EdgeID(r.u32())
	s.Weight = Weight(r.u32())
	return s, nil
}
