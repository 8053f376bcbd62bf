package codec

// Prepared says that a partition durably knows what it needs to lead players as
// of a cut. It leaves with the record that holds it.
type Prepared struct {
	Partition PartitionID
	Cut       Cut
	Now       Tick // the tick of the round at which it did
}

const preparedPayload = 2 + cutLen + 4

// PreparedLen is the frame's length in bytes.
const PreparedLen = headerLen + preparedPayload

// Len is the frame's length in bytes.
func (Prepared) Len() int { return PreparedLen }

// Append appends the frame.
func (f Prepared) Append(b []byte) []byte {
	b = put16(appendHeader(b, TypePrepared, preparedPayload), uint16(f.Partition))
	return put32(f.Cut.append(b), uint32(f.Now))
}

// ParsePrepared reads a payload.
func ParsePrepared(b []byte) (f Prepared, err error) {
	if err = exact(b, preparedPayload); err != nil {
		return f, err
	}
	r := reader{b}
	f.Partition, f.Cut, f.Now = PartitionID(r.u16()), r.cut(), Tick(r.u32())
	return f, nil
}
