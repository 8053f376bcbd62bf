package codec

// Ask asks the partition of a node for the way from it to a goal, the one that
// hints lead along.
type Ask struct {
	ID   uint32 // the answer's: whoever asks chooses it
	Node NodeID
	Goal GoalID
}

const askPayload = 4 + 4 + 1

// AskLen is the frame's length in bytes.
const AskLen = headerLen + askPayload

// Len is the frame's length in bytes.
func (Ask) Len() int { return AskLen }

// Append appends the frame.
func (a Ask) Append(b []byte) []byte {
	b = put32(appendHeader(b, TypeAsk, askPayload), a.ID)
	return append(put32(b, uint32(a.Node)), byte(a.Goal))
}

// ParseAsk reads a payload.
func ParseAsk(b []byte) (a Ask, err error) {
	if err = exact(b, askPayload); err != nil {
		return a, err
	}
	r := reader{b}
	a.ID, a.Node, a.Goal = r.u32(), NodeID(r.u32()), GoalID(r.u8())
	if a.Goal > MaxGoals {
		err = ErrValue
	}
	return a, err
}

// Way answers an ask: the next piece of the way. With More it goes on at Next,
// which another partition may own, and whoever asked asks there. Pieces belong
// together if they are of the same cut; if it changed, the way begins anew.
type Way struct {
	ID        uint32
	Code      Code
	Cut       Cut         // the refresh whose weights and treasures the way is exact for
	Node      NodeID      // where the piece begins
	Distance  Distance    // what remains from there; Unreachable if no way leads to the goal
	Next      NodeID      // where the piece ends: at the goal, unless More
	Partition PartitionID // which owns Next
	More      bool
	Count     uint8 // of the edges
	Edges     [MaxWayEdges]EdgeID
}

const wayFixed = 4 + 1 + cutLen + 4 + 4 + 4 + 2 + 1

// MaxWayEdges is the most edges of a piece: what a payload has room for.
const MaxWayEdges = (MaxPayload - wayFixed) / 4

// Add appends an edge to the piece, if it has room.
func (w *Way) Add(e EdgeID) bool {
	if w.Count == MaxWayEdges {
		return false
	}
	w.Edges[w.Count] = e
	w.Count++
	return true
}

// Len is the frame's length in bytes.
func (w Way) Len() int { return headerLen + wayFixed + 4*int(w.Count) }

// Append appends the frame.
func (w Way) Append(b []byte) []byte {
	b = appendHeader(b, TypeWay, wayFixed+4*int(w.Count))
	b = append(put32(b, w.ID), byte(w.Code))
	b = w.Cut.append(b)
	b = put32(b, uint32(w.Node))
	b = put32(b, uint32(w.Distance))
	b = put32(b, uint32(w.Next))
	b = append(put16(b, uint16(w.Partition)), bit(w.More))
	for _, e := range w.Edges[:w.Count] {
		b = put32(b, uint32(e))
	}
	return b
}

// ParseWay reads a payload.
func ParseWay(b []byte) (w Way, err error) {
	if len(b) < wayFixed {
		return w, ErrTruncated
	}
	if len(b) > wayFixed+4*MaxWayEdges {
		return w, ErrOversized
	}
	if (len(b)-wayFixed)%4 != 0 {
		return w, ErrTruncated
	}
	r := reader{b}
	w.ID, w.Code, w.Cut = r.u32(), Code(r.u8()), r.cut()
	w.Node, w.Distance, w.Next = NodeID(r.u32()), Distance(r.u32()), NodeID(r.u32())
	w.Partition = PartitionID(r.u16())
	if w.More, err = r.bit(); err != nil {
		return w, err
	}
	for len(r.b) > 0 {
		w.Add(EdgeID(r.u32()))
	}
	if !w.Code.Valid() {
		err = ErrValue
	}
	return w, err
}
