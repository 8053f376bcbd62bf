package codec

// Switch tells a partition that all partitions are prepared for a cut: players
// are led as of it from now on. Next is the tick of the cut's round at which all
// partitions refresh again.
type Switch struct {
	Cut  Cut
	Next Tick
}

const switchPayload = cutLen + 4

// SwitchLen is the frame's length in bytes.
const SwitchLen = headerLen + switchPayload

// Len is the frame's length in bytes.
func (Switch) Len() int { return SwitchLen }

// Append appends the frame.
func (f Switch) Append(b []byte) []byte {
	return put32(f.Cut.append(appendHeader(b, TypeSwitch, switchPayload)), uint32(f.Next))
}

// ParseSwitch reads a payload.
func ParseSwitch(b []byte) (f Switch, err error) {
	if err = exact(b, switchPayload); err != nil {
		return f, err
	}
	r := reader{b}
	f.Cut, f.Next = r.cut(), Tick(r.u32())
	return f, nil
}
