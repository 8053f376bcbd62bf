package codec

// Handoff is a player as one partition hands it to another.
type Handoff struct {
	Hand   Hand
	Gone   bool // it left the hunt; To is its home, which may let it spawn again
	Player PlayerID
	Name   Name
	Goal   GoalID  // what it is led to
	Seq    MoveSeq // the last one applied: the one that led over the border
	Rest   uint16  // ticks until its allowance of moves is whole again
	Node   NodeID  // where it arrives
}

const handoffLen = 4 + 1 + 8 + MaxName + 1 + 4 + 2 + 4

func (h *Handoff) append(b []byte) []byte {
	b = put32(b, uint32(h.Hand))
	b = append(b, bit(h.Gone))
	b = put64(b, uint64(h.Player))
	b = append(b, h.Name[:]...)
	b = append(b, byte(h.Goal))
	b = put32(b, uint32(h.Seq))
	b = put16(b, h.Rest)
	return put32(b, uint32(h.Node))
}

func (r *reader) handoff() (h Handoff, err error) {
	h.Hand = Hand(r.u32())
	if h.Gone, err = r.bit(); err != nil {
		return h, err
	}
	h.Player = PlayerID(r.u64())
	r.take(h.Name[:])
	h.Goal = GoalID(r.u8())
	h.Seq = MoveSeq(r.u32())
	h.Rest = r.u16()
	h.Node = NodeID(r.u32())
	if h.Hand == 0 || !h.Name.Valid() || h.Goal > MaxGoals {
		err = ErrValue
	}
	return h, err
}

// Arrive hands a player over. It leaves From when the departure is durable
// there, and again and again until it is answered; (From, To, Hand) names it.
type Arrive struct {
	From, To PartitionID
	Handoff
}

const arrivePayload = 2 + 2 + handoffLen

// ArriveLen is the frame's length in bytes.
const ArriveLen = headerLen + arrivePayload

// Len is the frame's length in bytes.
func (Arrive) Len() int { return ArriveLen }

// Append appends the frame.
func (a Arrive) Append(b []byte) []byte {
	b = appendHeader(b, TypeArrive, arrivePayload)
	b = put16(put16(b, uint16(a.From)), uint16(a.To))
	return a.Handoff.append(b)
}

// ParseArrive reads a payload.
func ParseArrive(b []byte) (a Arrive, err error) {
	if err = exact(b, arrivePayload); err != nil {
		return a, err
	}
	r := reader{b}
	a.From, a.To = PartitionID(r.u16()), PartitionID(r.u16())
	a.Handoff, err = r.handoff()
	return a, err
}

// Input is what To journals of it.
func (a *Arrive) Input() Input { return arrival(a.From, a.Handoff) }

func arrival(from PartitionID, h Handoff) Input {
	return Input{
		Kind: InputArrive, Partition: from, Hand: h.Hand, Gone: h.Gone,
		Player: h.Player, Name: h.Name, Goal: h.Goal, Seq: h.Seq, Rest: h.Rest, Node: h.Node,
	}
}

func (in *Input) handoff() Handoff {
	return Handoff{
		Hand: in.Hand, Gone: in.Gone,
		Player: in.Player, Name: in.Name, Goal: in.Goal, Seq: in.Seq, Rest: in.Rest, Node: in.Node,
	}
}
