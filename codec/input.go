package codec

// InputKind says what an input asks of a partition's state.
type InputKind uint8

const (
	InputTicks  InputKind = 1 + iota // Count tick boundaries pass
	InputJoin                        // Player, Name
	InputLeave                       // Player
	InputMove                        // Player, Seq, Edge
	InputExpire                      // Player was idle too long

	InputWeight   InputKind = 6  // Edge, Weight: from the next boundary on; 0 gives the edge back to its base and congestion
	InputArrive   InputKind = 7  // Partition: of the sender; Hand, Gone, Player, Name, Goal, Seq, Rest, Node
	InputHanded   InputKind = 8  // Partition: that answered; Hand, Code
	InputBorder   InputKind = 9  // Cut, Goal, First, Reaches: how far a goal is beyond the border
	InputPrepared InputKind = 10 // Cut: that was all of it
	InputSwitched InputKind = 11 // Cut, Next: players are led as of the cut; the next refresh

	// InputRolledBack takes the place of a boundary: Cut, State of the partition
	// right after that cut, to which it goes back.
	InputRolledBack InputKind = 12
	inputEnd        InputKind = 13
)

// Input is one thing that a partition's state is a function of (I1): the
// elements of a tick record, in the order in which they were applied.
type Input struct {
	Kind   InputKind
	Count  uint16
	Player PlayerID
	Seq    MoveSeq
	Edge   EdgeID
	Name   Name
	Goal   GoalID
	Weight Weight

	Cut     Cut
	Next    Tick
	First   uint16
	Reaches Reaches // valid as long as what it was parsed from
	State   uint64

	// of hand-offs between partitions, as in Arrive and Arrived
	Partition PartitionID
	Hand      Hand
	Gone      bool
	Code      Code
	Rest      uint16
	Node      NodeID
}

// MaxInputLen is the longest encoded input, in bytes: a full border.
const MaxInputLen = borderInput + MaxReaches*ReachLen

// borderInput is a border's length without its reaches.
const borderInput = 1 + cutLen + 1 + 2 + 1

// length is the encoded length in bytes, a border's without its reaches.
func (k InputKind) length() int {
	switch k {
	case InputTicks:
		return 1 + 2
	case InputJoin:
		return 1 + 8 + MaxName + 1
	case InputLeave, InputExpire:
		return 1 + 8
	case InputMove:
		return 1 + 8 + 4 + 4
	case InputBorder:
		return borderInput
	case InputPrepared:
		return 1 + cutLen
	case InputSwitched:
		return 1 + cutLen + 4
	case InputRolledBack:
		return 1 + cutLen + 8
	case InputWeight:
		return 1 + 4 + 4
	case InputArrive:
		return 1 + 2 + handoffLen
	case InputHanded:
		return 1 + 2 + 4 + 1
	}
	return 0
}

// Len is the encoded length in bytes.
func (in *Input) Len() int { return in.Kind.length() + len(in.Reaches) }

// Append appends the input as tick records hold it. The kind must be one of the constants.
func (in *Input) Append(b []byte) []byte {
	b = append(b, byte(in.Kind))
	switch in.Kind {
	case InputTicks:
		return put16(b, in.Count)
	case InputJoin:
		b = append(put64(b, uint64(in.Player)), in.Name[:]...)
		return append(b, byte(in.Goal))
	case InputLeave, InputExpire:
		return put64(b, uint64(in.Player))
	case InputMove:
		b = put64(b, uint64(in.Player))
		b = put32(b, uint32(in.Seq))
		return put32(b, uint32(in.Edge))
	case InputBorder:
		b = append(in.Cut.append(b), byte(in.Goal))
		b = append(put16(b, in.First), byte(in.Reaches.Len()))
		return append(b, in.Reaches...)
	case InputPrepared:
		return in.Cut.append(b)
	case InputSwitched:
		return put32(in.Cut.append(b), uint32(in.Next))
	case InputRolledBack:
		return put64(in.Cut.append(b), in.State)
	case InputWeight:
		return put32(put32(b, uint32(in.Edge)), uint32(in.Weight))
	case InputArrive:
		b = put16(b, uint16(in.Partition))
		h := in.handoff()
		return h.append(b)
	case InputHanded:
		b = put16(b, uint16(in.Partition))
		b = put32(b, uint32(in.Hand))
		return append(b, byte(in.Code))
	}
	panic("codec: input of an unknown kind")
}

// ParseInput takes the first input off b into in and returns the rest.
func ParseInput(b []byte, in *Input) (rest []byte, err error) {
	if len(b) == 0 {
		return b, ErrTruncated
	}
	kind := InputKind(b[0])
	n := kind.length()
	if n == 0 {
		return b, ErrType
	}
	if len(b) < n {
		return b, ErrTruncated
	}
	*in = Input{Kind: kind}
	r := reader{b[1:]}
	switch kind {
	case InputTicks:
		if in.Count = r.u16(); in.Count == 0 || in.Count > MaxRecordTicks {
			return b, ErrValue
		}
	case InputJoin:
		in.Player = PlayerID(r.u64())
		r.take(in.Name[:])
		if in.Goal = GoalID(r.u8()); !in.Name.Valid() || in.Goal > MaxGoals {
			return b, ErrValue
		}
	case InputLeave, InputExpire:
		in.Player = PlayerID(r.u64())
	case InputMove:
		in.Player = PlayerID(r.u64())
		in.Seq = MoveSeq(r.u32())
		in.Edge = EdgeID(r.u32())
	case InputBorder:
		in.Cut, in.Goal, in.First = r.cut(), GoalID(r.u8()), r.u16()
		reaches := int(r.u8())
		if in.Goal > MaxGoals || reaches > MaxReaches {
			return b, ErrValue
		}
		if len(r.b) < reaches*ReachLen {
			return b, ErrTruncated
		}
		in.Reaches = r.b[: reaches*ReachLen : reaches*ReachLen]
		n += len(in.Reaches)
	case InputPrepared:
		in.Cut = r.cut()
	case InputSwitched:
		in.Cut, in.Next = r.cut(), Tick(r.u32())
	case InputRolledBack:
		in.Cut, in.State = r.cut(), r.u64()
	case InputWeight:
		in.Edge = EdgeID(r.u32())
		in.Weight = Weight(r.u32())
	case InputArrive:
		from := PartitionID(r.u16())
		h, err := r.handoff()
		if err != nil {
			return b, err
		}
		*in = arrival(from, h)
	case InputHanded:
		in.Partition = PartitionID(r.u16())
		in.Hand = Hand(r.u32())
		in.Code = Code(r.u8())
		if !in.Code.Valid() {
			return b, ErrValue
		}
	}
	return b[n:], nil
}
