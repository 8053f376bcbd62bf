package codec

// Border tells a partition how far a goal is, as of a cut, from nodes outside
// that its border edges lead to: some of them, from First on, in ascending
// order of the nodes. The chunks of all goals come in order; Prepare follows.
type Border struct {
	Cut     Cut
	Goal    GoalID
	First   uint16
	Reaches Reaches // at most MaxReaches; valid as long as the frame
}

const borderFixed = cutLen + 1 + 2

// MaxBorderLen is the longest frame, in bytes.
const MaxBorderLen = headerLen + borderFixed + MaxReaches*ReachLen

// Len is the frame's length in bytes.
func (f Border) Len() int { return headerLen + borderFixed + len(f.Reaches) }

// Append appends the frame.
func (f Border) Append(b []byte) []byte {
	b = appendHeader(b, TypeBorder, borderFixed+len(f.Reaches))
	b = append(f.Cut.append(b), byte(f.Goal))
	return append(put16(b, f.First), f.Reaches...)
}

// ParseBorder reads a payload.
func ParseBorder(b []byte) (f Border, err error) {
	if len(b) < borderFixed {
		return f, ErrTruncated
	}
	if len(b) > borderFixed+MaxReaches*ReachLen {
		return f, ErrOversized
	}
	if (len(b)-borderFixed)%ReachLen != 0 {
		return f, ErrTruncated
	}
	r := reader{b}
	f.Cut, f.Goal, f.First = r.cut(), GoalID(r.u8()), r.u16()
	if f.Reaches = r.b; f.Goal > MaxGoals {
		return f, ErrValue
	}
	return f, nil
}
