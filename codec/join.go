package codec

// Join asks for a player to be in the partition. A player that is there
// already is told where it stands, and is led to the goal from now on.
type Join struct {
	Player PlayerID
	Name   Name
	Goal   GoalID // what it wants to be led to
}

const joinPayload = 8 + MaxName + 1

// JoinLen is the frame's length in bytes.
const JoinLen = headerLen + joinPayload

// Len is the frame's length in bytes.
func (Join) Len() int { return JoinLen }

// Append appends the frame.
func (j Join) Append(b []byte) []byte {
	b = appendHeader(b, TypeJoin, joinPayload)
	b = put64(b, uint64(j.Player))
	return append(append(b, j.Name[:]...), byte(j.Goal))
}

// ParseJoin reads a payload.
func ParseJoin(b []byte) (j Join, err error) {
	if err = exact(b, joinPayload); err != nil {
		return j, err
	}
	r := reader{b}
	j.Player = PlayerID(r.u64())
	r.take(j.Name[:])
	if j.Goal = GoalID(r.u8()); !j.Name.Valid() || j.Goal > MaxGoals {
		err = ErrValue
	}
	return j, err
}
