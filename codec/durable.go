package codec

// Durable says how far a partition's journal is acknowledged. The grants,
// deltas and events that the record released follow it.
type Durable struct {
	Partition PartitionID
	Epoch     Epoch
	Index     Index
	Tick      Tick   // the record's last tick: every reply of the round up to it is durable
	State     uint64 // the state hash after it
}

const durablePayload = 2 + 8 + 4 + 8 + 4 + 8

// DurableLen is the frame's length in bytes.
const DurableLen = headerLen + durablePayload

// Len is the frame's length in bytes.
func (Durable) Len() int { return DurableLen }

// Append appends the frame.
func (d Durable) Append(b []byte) []byte {
	b = appendHeader(b, TypeDurable, durablePayload)
	b = put16(b, uint16(d.Partition))
	b = put64(b, uint64(d.Epoch))
	b = put32(b, uint32(d.Index.Round))
	b = put64(b, d.Index.Seq)
	b = put32(b, uint32(d.Tick))
	return put64(b, d.State)
}

// ParseDurable reads a payload.
func ParseDurable(b []byte) (d Durable, err error) {
	if err = exact(b, durablePayload); err != nil {
		return d, err
	}
	r := reader{b}
	d.Partition = PartitionID(r.u16())
	d.Epoch = Epoch(r.u64())
	d.Index.Round = Round(r.u32())
	d.Index.Seq = r.u64()
	d.Tick = Tick(r.u32())
	d.State = r.u64()
	return d, nil
}
