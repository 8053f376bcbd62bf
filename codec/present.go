package codec

// Present says that a player has a session, though it does not move, so that it
// is not expired. It makes nobody a player, and has no answer.
type Present struct {
	Player PlayerID
}

const presentPayload = 8

// PresentLen is the frame's length in bytes.
const PresentLen = headerLen + presentPayload

// Len is the frame's length in bytes.
func (Present) Len() int { return PresentLen }

// Append appends the frame.
func (p Present) Append(b []byte) []byte {
	return put64(appendHeader(b, TypePresent, presentPayload), uint64(p.Player))
}

// ParsePresent reads a payload.
func ParsePresent(b []byte) (p Present, err error) {
	if err = exact(b, presentPayload); err != nil {
		return p, err
	}
	r := reader{b}
	p.Player = PlayerID(r.u64())
	return p, nil
}
