package codec

// RecordVersion is the version of the journal's records.
const RecordVersion = 5

// RecordKind tells the records of a round's stream apart.
type RecordKind uint8

const (
	RecordBase  RecordKind = 1 + iota // the first of a stream: what the round is played by; it may be a new owner's first
	RecordEpoch                       // a new owner; nothing of a lower epoch comes after it
	RecordTicks                       // the inputs of whole ticks
	recordEnd
)

// RecordHeader is what every record carries: the chain (I5) and the fence (I4).
type RecordHeader struct {
	Kind      RecordKind
	Partition PartitionID
	Round     Round
	Epoch     Epoch
	Prev      Hash      // SHA-256 of the record before, across rounds; zero before the hunt's first
	State     uint64    // the state hash after the record
	Neighbour Watermark // the last durable index known of the next partition in the ring
}

const (
	watermarkLen = 2 + 4 + 8 + 8 + 32
	// RecordHeaderLen is the header's length in bytes.
	RecordHeaderLen = 1 + 1 + 2 + 4 + 8 + 32 + 8 + watermarkLen
	// MaxRecord bounds a record, in bytes: header, tick range and the inputs of
	// at most 30 ticks, which the arena's record buffer holds.
	MaxRecord = 64 << 10
)

// Append appends the header.
func (h *RecordHeader) Append(b []byte) []byte {
	b = append(b, RecordVersion, byte(h.Kind))
	b = put16(b, uint16(h.Partition))
	b = put32(b, uint32(h.Round))
	b = put64(b, uint64(h.Epoch))
	b = append(b, h.Prev[:]...)
	b = put64(b, h.State)
	b = put16(b, uint16(h.Neighbour.Partition))
	b = put32(b, uint32(h.Neighbour.Index.Round))
	b = put64(b, h.Neighbour.Index.Seq)
	b = put64(b, h.Neighbour.State)
	return append(b, h.Neighbour.Chain[:]...)
}

// ParseRecord takes the header off a record and returns its body: parse it by
// kind with ParseBase or ParseTicks; an epoch record has none.
func ParseRecord(b []byte) (h RecordHeader, body []byte, err error) {
	if len(b) < RecordHeaderLen {
		return h, nil, ErrTruncated
	}
	if len(b) > MaxRecord {
		return h, nil, ErrOversized
	}
	r := reader{b}
	if r.u8() != RecordVersion {
		return h, nil, ErrVersion
	}
	h.Kind = RecordKind(r.u8())
	if h.Kind == 0 || h.Kind >= recordEnd {
		return h, nil, ErrType
	}
	h.Partition = PartitionID(r.u16())
	h.Round = Round(r.u32())
	h.Epoch = Epoch(r.u64())
	r.take(h.Prev[:])
	h.State = r.u64()
	h.Neighbour.Partition = PartitionID(r.u16())
	h.Neighbour.Index.Round = Round(r.u32())
	h.Neighbour.Index.Seq = r.u64()
	h.Neighbour.State = r.u64()
	r.take(h.Neighbour.Chain[:])
	if h.Kind == RecordEpoch && len(r.b) > 0 {
		return h, nil, ErrOversized
	}
	return h, r.b, nil
}

// SnapshotRef names a snapshot: the partition's state after the record At.
type SnapshotRef struct {
	At  Index
	Sum Hash // SHA-256 of what is stored
}

// Base is the body of a round's first record. The state that the round starts
// from is that of the records before; round 1 starts from a fresh one, which
// follows from world, rules and seed.
type Base struct {
	Hunt     Hash        // SHA-256 of the hunt's name
	World    Hash        // the world's content hash
	Snapshot SnapshotRef // the newest that was known durable when the round began; zero: none
	Seed     Seed        // the round's, the same in all partitions
	Rules    Rules
}

// BaseLen is the body's length in bytes.
const BaseLen = 32 + 32 + 4 + 8 + 32 + 32 + rulesLen

// Append appends the body.
func (s *Base) Append(b []byte) []byte {
	b = append(b, s.Hunt[:]...)
	b = append(b, s.World[:]...)
	b = put32(b, uint32(s.Snapshot.At.Round))
	b = put64(b, s.Snapshot.At.Seq)
	b = append(b, s.Snapshot.Sum[:]...)
	b = append(b, s.Seed[:]...)
	return s.Rules.append(b)
}

// ParseBase reads the body of a base record.
func ParseBase(b []byte) (s Base, err error) {
	if err = exact(b, BaseLen); err != nil {
		return s, err
	}
	r := reader{b}
	r.take(s.Hunt[:])
	r.take(s.World[:])
	s.Snapshot.At = Index{Round(r.u32()), r.u64()}
	r.take(s.Snapshot.Sum[:])
	r.take(s.Seed[:])
	s.Rules = r.rules()
	return s, nil
}

// MaxRecordTicks bounds the ticks of one record.
const MaxRecordTicks = 30

// TicksLen is the length of what stands before the inputs in the body of a tick record.
const TicksLen = 4 + 4

// AppendTicks appends the start of a tick record's body: the ticks [first, last]
// whose boundaries passed in it. The inputs follow, InputTicks among them.
func AppendTicks(b []byte, first, last Tick) []byte {
	return put32(put32(b, uint32(first)), uint32(last))
}

// ParseTicks reads the body of a tick record; take the inputs with ParseInput.
func ParseTicks(b []byte) (first, last Tick, inputs []byte, err error) {
	if len(b) < TicksLen {
		return 0, 0, nil, ErrTruncated
	}
	r := reader{b}
	first, last = Tick(r.u32()), Tick(r.u32())
	if last < first || last-first >= MaxRecordTicks {
		return 0, 0, nil, ErrValue
	}
	return first, last, r.b, nil
}
