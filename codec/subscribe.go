package codec

// Subscribe asks for everything that a partition releases from now on, and for
// the deltas that came after From. From 0 asks for a snapshot.
type Subscribe struct {
	From DeltaSeq // the last delta that the gateway has
}

const subscribePayload = 8

// SubscribeLen is the frame's length in bytes.
const SubscribeLen = headerLen + subscribePayload

// Len is the frame's length in bytes.
func (Subscribe) Len() int { return SubscribeLen }

// Append appends the frame.
func (s Subscribe) Append(b []byte) []byte {
	return put64(appendHeader(b, TypeSubscribe, subscribePayload), uint64(s.From))
}

// ParseSubscribe reads a payload.
func ParseSubscribe(b []byte) (s Subscribe, err error) {
	if err = exact(b, subscribePayload); err != nil {
		return s, err
	}
	r := reader{b}
	s.From = DeltaSeq(r.u64())
	return s, nil
}
