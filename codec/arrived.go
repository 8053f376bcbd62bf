package codec

// Arrived answers an Arrive, whose partitions and hand it names: it goes from
// its To to its From, when what it says is durable there.
type Arrived struct {
	From, To PartitionID
	Hand     Hand
	Code     Code // CodeOK: the player is there for good; CodeTableFull: it never will be by this hand
}

const arrivedPayload = 2 + 2 + 4 + 1

// ArrivedLen is the frame's length in bytes.
const ArrivedLen = headerLen + arrivedPayload

// Len is the frame's length in bytes.
func (Arrived) Len() int { return ArrivedLen }

// Append appends the frame.
func (a Arrived) Append(b []byte) []byte {
	b = appendHeader(b, TypeArrived, arrivedPayload)
	b = put16(put16(b, uint16(a.From)), uint16(a.To))
	b = put32(b, uint32(a.Hand))
	return append(b, byte(a.Code))
}

// ParseArrived reads a payload.
func ParseArrived(b []byte) (a Arrived, err error) {
	if err = exact(b, arrivedPayload); err != nil {
		return a, err
	}
	r := reader{b}
	a.From, a.To = PartitionID(r.u16()), PartitionID(r.u16())
	a.Hand = Hand(r.u32())
	if a.Code = Code(r.u8()); !a.Code.Valid() {
		err = ErrValue
	}
	return a, err
}

// Input is what From journals of it.
func (a *Arrived) Input() Input {
	return Input{Kind: InputHanded, Partition: a.To, Hand: a.Hand, Code: a.Code}
}
