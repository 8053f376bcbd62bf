package codec

// Move is a player's step along one edge. Seq makes every retry harmless.
type Move struct {
	Player PlayerID
	Seq    MoveSeq
	Edge   EdgeID
}

const movePayload = 8 + 4 + 4

// MoveLen is the frame's length in bytes.
const MoveLen = headerLen + movePayload

// Len is the frame's length in bytes.
func (Move) Len() int { return MoveLen }

// Append appends the frame.
func (m Move) Append(b []byte) []byte {
	b = appendHeader(b, TypeMove, movePayload)
	b = put64(b, uint64(m.Player))
	b = put32(b, uint32(m.Seq))
	return put32(b, uint32(m.Edge))
}

// ParseMove reads a payload.
func ParseMove(b []byte) (m Move, err error) {
	if err = exact(b, movePayload); err != nil {
		return m, err
	}
	r := reader{b}
	m.Player = PlayerID(r.u64())
	m.Seq = MoveSeq(r.u32())
	m.Edge = EdgeID(r.u32())
	return m, nil
}
