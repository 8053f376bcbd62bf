package codec

// Prepare tells a partition that it has all of a cut's Border frames.
type Prepare struct{ Cut Cut }

// PrepareLen is the frame's length in bytes.
const PrepareLen = headerLen + cutLen

// Len is the frame's length in bytes.
func (Prepare) Len() int { return PrepareLen }

// Append appends the frame.
func (f Prepare) Append(b []byte) []byte { return f.Cut.append(appendHeader(b, TypePrepare, cutLen)) }

// ParsePrepare reads a payload.
func ParsePrepare(b []byte) (f Prepare, err error) {
	if err = exact(b, cutLen); err != nil {
		return f, err
	}
	r := reader{b}
	f.Cut = r.cut()
	return f, nil
}
