package codec

// InputKind says what an input asks of a partition's state.
type InputKind uint8

const (
	InputTicks  InputKind = 1 + iota // Count tick boundaries pass
	InputJoin                        // Player, Name
	InputLeave                       // Player
	InputMove                        // Player, Seq, Edge
	InputExpire                      // Player was idle too long
	inputEnd
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
}

// MaxInputLen is the longest encoded input, in bytes: a join.
const MaxInputLen = 1 + 8 + MaxName

func (k InputKind) length() int {
	switch k {
	case InputTicks:
		return 1 + 2
	case InputJoin:
		return MaxInputLen
	case InputLeave, InputExpire:
		return 1 + 8
	case InputMove:
		return 1 + 8 + 4 + 4
	}
	return 0
}

// Len is the encoded length in bytes.
func (in *Input) Len() int { return in.Kind.length() }

// Append appends the input as tick records hold it. The kind must be one of the constants.
func (in *Input) Append(b []byte) []byte {
	b = append(b, byte(in.Kind))
	switch in.Kind {
	case InputTicks:
		return put16(b, in.Count)
	case InputJoin:
		return append(put64(b, uint64(in.Player)), in.Name[:]...)
	case InputLeave, InputExpire:
		return put64(b, uint64(in.Player))
	case InputMove:
		b = put64(b, uint64(in.Player))
		b = put32(b, uint32(in.Seq))
		return put32(b, uint32(in.Edge))
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
		if !in.Name.Valid() {
			return b, ErrValue
		}
	case InputLeave, InputExpire:
		in.Player = PlayerID(r.u64())
	case InputMove:
		in.Player = PlayerID(r.u64())
		in.Seq = MoveSeq(r.u32())
		in.Edge = EdgeID(r.u32())
	}
	return b[n:], nil
}
