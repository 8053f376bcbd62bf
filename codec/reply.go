package codec

// Reply answers a move. It is speculative until a Durable of the same round
// names Tick or a later one.
type Reply struct {
	Player PlayerID
	Seq    MoveSeq // the move's
	Code   Code
	Last   MoveSeq // the last sequence applied
	Round  Round
	Tick   Tick   // the tick that the move belongs to
	Node   NodeID // where the player stands now
	Hint   Hint
}

const replyPayload = 8 + 4 + 1 + 4 + 4 + 4 + 4 + hintLen

// ReplyLen is the frame's length in bytes.
const ReplyLen = headerLen + replyPayload

// Len is the frame's length in bytes.
func (Reply) Len() int { return ReplyLen }

// Append appends the frame.
func (r Reply) Append(b []byte) []byte {
	b = appendHeader(b, TypeReply, replyPayload)
	b = put64(b, uint64(r.Player))
	b = put32(b, uint32(r.Seq))
	b = append(b, byte(r.Code))
	b = put32(b, uint32(r.Last))
	b = put32(b, uint32(r.Round))
	b = put32(b, uint32(r.Tick))
	b = put32(b, uint32(r.Node))
	return r.Hint.append(b)
}

// ParseReply reads a payload.
func ParseReply(b []byte) (p Reply, err error) {
	if err = exact(b, replyPayload); err != nil {
		return p, err
	}
	r := reader{b}
	p.Player = PlayerID(r.u64())
	p.Seq = MoveSeq(r.u32())
	p.Code = Code(r.u8())
	p.Last = MoveSeq(r.u32())
	p.Round = Round(r.u32())
	p.Tick = Tick(r.u32())
	p.Node = NodeID(r.u32())
	if p.Hint, err = r.hint(); err == nil && !p.Code.Valid() {
		err = ErrValue
	}
	return p, err
}
