package codec

// Join asks for a player to be in the partition. A player that is there
// already is told where it stands.
type Join struct {
	Player PlayerID
	Name   Name
}

const joinPayload = 8 + MaxName

// JoinLen is the frame's length in bytes.
const JoinLen = headerLen + joinPayload

// Len is the frame's length in bytes.
func (Join) Len() int { return JoinLen }

// Append appends the frame.
func (j Join) Append(b []byte) []byte {
	b = appendHeader(b, TypeJoin, joinPayload)
	b = put64(b, uint64(j.Player))
	return append(b, j.Name[:]...)
}

// ParseJoin reads a payload.
func ParseJoin(b []byte) (j Join, err error) {
	if err = exact(b, joinPayload); err != nil {
		return j, err
	}
	r := reader{b}
	j.Player = PlayerID(r.u64())
	r.take(j.Name[:])
	if !j.Name.Valid() {
		err = ErrValue
	}
	return j, err
}
