package codec

// Weighed answers a SetWeight. It is speculative until a Durable of the same
// round names Tick or a later one; the delta of that tick shows the weight.
type Weighed struct {
	Key   uint64 // the SetWeight's
	Code  Code
	Round Round
	Tick  Tick // the boundary at which the weight changes
}

const weighedPayload = 8 + 1 + 4 + 4

// WeighedLen is the frame's length in bytes.
const WeighedLen = headerLen + weighedPayload

// Len is the frame's length in bytes.
func (Weighed) Len() int { return WeighedLen }

// Append appends the frame.
func (w Weighed) Append(b []byte) []byte {
	b = appendHeader(b, TypeWeighed, weighedPayload)
	b = put64(b, w.Key)
	b = append(b, byte(w.Code))
	b = put32(b, uint32(w.Round))
	return put32(b, uint32(w.Tick))
}

// ParseWeighed reads a payload.
func ParseWeighed(b []byte) (w Weighed, err error) {
	if err = exact(b, weighedPayload); err != nil {
		return w, err
	}
	r := reader{b}
	w.Key = r.u64()
	w.Code = Code(r.u8())
	w.Round = Round(r.u32())
	w.Tick = Tick(r.u32())
	if !w.Code.Valid() {
		err = ErrValue
	}
	return w, err
}
