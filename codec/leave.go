package codec

// Leave takes a player out of the partition.
type Leave struct {
	Player PlayerID
}

const leavePayload = 8

// LeaveLen is the frame's length in bytes.
const LeaveLen = headerLen + leavePayload

// Len is the frame's length in bytes.
func (Leave) Len() int { return LeaveLen }

// Append appends the frame.
func (l Leave) Append(b []byte) []byte {
	return put64(appendHeader(b, TypeLeave, leavePayload), uint64(l.Player))
}

// ParseLeave reads a payload.
func ParseLeave(b []byte) (l Leave, err error) {
	if err = exact(b, leavePayload); err != nil {
		return l, err
	}
	r := reader{b}
	l.Player = PlayerID(r.u64())
	return l, nil
}
