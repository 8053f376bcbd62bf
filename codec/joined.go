package codec

// Joined answers a join, and a leave with Left set.
type Joined struct {
	Player PlayerID
	Code   Code
	Left   bool
	Last   MoveSeq // the last sequence applied; the next move is Last + 1
	Round  Round
	Tick   Tick
	Node   NodeID
	Hint   Hint
}

const joinedPayload = 8 + 1 + 1 + 4 + 4 + 4 + 4 + hintLen

// JoinedLen is the frame's length in bytes.
const JoinedLen = headerLen + joinedPayload

// Len is the frame's length in bytes.
func (Joined) Len() int { return JoinedLen }

// Append appends the frame.
func (j Joined) Append(b []byte) []byte {
	b = appendHeader(b, TypeJoined, joinedPayload)
	b = put64(b, uint64(j.Player))
	b = append(b, byte(j.Code), bit(j.Left))
	b = put32(b, uint32(j.Last))
	b = put32(b, uint32(j.Round))
	b = put32(b, uint32(j.Tick))
	b = put32(b, uint32(j.Node))
	return j.Hint.append(b)
}

// ParseJoined reads a payload.
func ParseJoined(b []byte) (j Joined, err error) {
	if err = exact(b, joinedPayload); err != nil {
		return j, err
	}
	r := reader{b}
	j.Player = PlayerID(r.u64())
	j.Code = Code(r.u8())
	if j.Left, err = r.bit(); err != nil {
		return j, err
	}
	j.Last = MoveSeq(r.u32())
	j.Round = Round(r.u32())
	j.Tick = Tick(r.u32())
	j.Node = NodeID(r.u32())
	if j.Hint, err = r.hint(); err == nil && !j.Code.Valid() {
		err = ErrValue
	}
	return j, err
}
