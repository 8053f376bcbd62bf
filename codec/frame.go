package codec

import (
	"encoding/binary"
	"errors"
)

// Version is the engine hop's protocol version; hello frames carry it.
const Version uint16 = 1

// Type is the first byte of a frame.
type Type uint8

const (
	TypeHello     Type = 1 + iota
	TypeJoin           // gateway -> node
	TypeJoined         // node -> gateway
	TypeLeave          // gateway -> node
	TypeMove           // gateway -> node
	TypeReply          // node -> gateway
	TypeSubscribe      // gateway -> node
	TypeDurable        // node -> gateway
	TypeGrant          // node -> gateway
	TypeDelta          // node -> gateway
	TypeEvent          // node -> gateway
	TypeError          // both ways; the stream ends after it

	TypeWeight   Type = 13 // game server -> node
	TypeWeighed  Type = 14 // node -> game server
	TypeAsk      Type = 17 // gateway -> node
	TypeWay      Type = 18 // node -> gateway
	TypeArrive   Type = 15 // partition -> partition
	TypeArrived  Type = 16 // partition -> partition
	TypeBorder   Type = 19 // coordinator -> node
	TypePrepare  Type = 20 // coordinator -> node
	TypePrepared Type = 21 // node -> coordinator
	TypeSwitch   Type = 22 // coordinator -> node

	TypePresent Type = 23 // gateway -> node

	typeEnd Type = 24
)

var typeNames = [typeEnd]string{
	"?", "hello", "join", "joined", "leave", "move", "reply",
	"subscribe", "durable", "grant", "delta", "event", "error",
	TypeWeight: "weight", TypeWeighed: "weighed",
	TypeAsk: "ask", TypeWay: "way",
	TypeBorder: "border", TypePrepare: "prepare", TypePrepared: "prepared", TypeSwitch: "switch",
	TypeArrive: "arrive", TypeArrived: "arrived", TypePresent: "present",
}

// Types is one above the highest frame type, for tables indexed by Type.
const Types = int(typeEnd)

// String is the frame's name.
func (t Type) String() string {
	if !t.known() {
		return "frame ?"
	}
	return typeNames[t]
}

// known reports whether the type is one of the constants.
func (t Type) known() bool { return t > 0 && t < typeEnd && typeNames[t] != "" }

const (
	headerLen = 3 // type u8, payload length u16
	// MaxFrame bounds a frame, header included, in bytes.
	MaxFrame = headerLen + MaxPayload
	// MaxPayload bounds a frame's payload, in bytes; the longest is error.
	MaxPayload = 256
)

// The typed errors of every parser. They are sentinels, so that the core can return them.
var (
	ErrTruncated = errors.New("codec: frame is cut short")
	ErrOversized = errors.New("codec: frame is longer than its type allows")
	ErrType      = errors.New("codec: unknown frame type")
	ErrValue     = errors.New("codec: a field has a value outside its range")
	ErrVersion   = errors.New("codec: record of a version that this binary does not read")
)

// Next splits the first frame off b. ErrTruncated means that more bytes are
// needed; any other error means that the stream cannot be followed any further.
func Next(b []byte) (t Type, payload, rest []byte, err error) {
	if len(b) == 0 {
		return 0, nil, b, ErrTruncated
	}
	t = Type(b[0])
	if !t.known() {
		return t, nil, b, ErrType
	}
	if len(b) < headerLen {
		return t, nil, b, ErrTruncated
	}
	n := int(binary.LittleEndian.Uint16(b[1:]))
	if n > MaxPayload {
		return t, nil, b, ErrOversized
	}
	if len(b) < headerLen+n {
		return t, nil, b, ErrTruncated
	}
	return t, b[headerLen : headerLen+n], b[headerLen+n:], nil
}

// Whole is the length of the whole frames at the start of b.
func Whole(b []byte) (int, error) {
	at := 0
	for at < len(b) {
		_, _, rest, err := Next(b[at:])
		if errors.Is(err, ErrTruncated) {
			return at, nil
		}
		if err != nil {
			return at, err
		}
		at = len(b) - len(rest)
	}
	return at, nil
}

func appendHeader(b []byte, t Type, payload int) []byte {
	return append(b, byte(t), byte(payload), byte(payload>>8))
}

// exact checks a payload of fixed length.
func exact(b []byte, n int) error {
	if len(b) < n {
		return ErrTruncated
	}
	if len(b) > n {
		return ErrOversized
	}
	return nil
}

var (
	put16 = binary.LittleEndian.AppendUint16
	put32 = binary.LittleEndian.AppendUint32
	put64 = binary.LittleEndian.AppendUint64
)

// reader takes fields off a payload whose length was checked.
type reader struct{ b []byte }

func (r *reader) u8() uint8 {
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) u16() uint16 {
	v := binary.LittleEndian.Uint16(r.b)
	r.b = r.b[2:]
	return v
}

func (r *reader) u32() uint32 {
	v := binary.LittleEndian.Uint32(r.b)
	r.b = r.b[4:]
	return v
}

func (r *reader) u64() uint64 {
	v := binary.LittleEndian.Uint64(r.b)
	r.b = r.b[8:]
	return v
}

func (r *reader) take(dst []byte) { r.b = r.b[copy(dst, r.b):] }
