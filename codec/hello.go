package codec

// MaxHunt bounds a hunt's name (`tenant/room`), in bytes.
const MaxHunt = 64

// Hello opens a stream of the engine hop, both ways: the gateway names what it
// wants, the node answers with what it has.
type Hello struct {
	Version   uint16
	Partition PartitionID
	Epoch     Epoch
	Gateway   uint64 // the gateway's instance
	Hunt      string
}

const helloFixed = 2 + 2 + 8 + 8

// Len is the frame's length in bytes.
func (h Hello) Len() int { return headerLen + helloFixed + len(h.Hunt) }

// Append appends the frame. The hunt's name must fit MaxHunt.
func (h Hello) Append(b []byte) []byte {
	b = appendHeader(b, TypeHello, helloFixed+len(h.Hunt))
	b = put16(b, h.Version)
	b = put16(b, uint16(h.Partition))
	b = put64(b, uint64(h.Epoch))
	b = put64(b, h.Gateway)
	return append(b, h.Hunt...)
}

// ParseHello reads a payload. It allocates the hunt's name: once a stream. The
// version stands first and is set even when the rest cannot be read: look at it
// before the error, as the hello of another version may be longer or shorter.
func ParseHello(b []byte) (h Hello, err error) {
	if len(b) < 2 {
		return h, ErrTruncated
	}
	r := reader{b}
	h.Version = r.u16()
	if len(b) < helloFixed {
		return h, ErrTruncated
	}
	if len(b) > helloFixed+MaxHunt {
		return h, ErrOversized
	}
	h.Partition = PartitionID(r.u16())
	h.Epoch = Epoch(r.u64())
	h.Gateway = r.u64()
	h.Hunt = string(r.b)
	return h, nil
}
