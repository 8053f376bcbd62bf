package codec

// Hint leads a player to its goal, the nearest treasure that was open at the cut
// or a named node. It is
// exact on the weights as of CutTick of the reply's round (I8).
type Hint struct {
	Edge     EdgeID     // the next step; NoEdge where there is none to take
	Node     NodeID     // where that step leads; NoNode likewise
	Distance Distance   // what remains from where the player stands; Unreachable if no way leads to the goal
	CutTick  Tick       // the refresh whose weights and treasures the hint is exact for
	Treasure TreasureID // the treasure that it leads to; NoTreasure likewise and for a named goal
	Claimed  bool       // that treasure was claimed since the cut, as far as the player's partition knows
	Goal     GoalID
}

const hintLen = 4 + 4 + 4 + 4 + 2 + 1 + 1

// NoHint is the hint where no way leads to the goal, or none is known.
func NoHint(cut Tick) Hint {
	return Hint{Edge: NoEdge, Node: NoNode, Distance: Unreachable, CutTick: cut, Treasure: NoTreasure}
}

func (h Hint) append(b []byte) []byte {
	b = put32(b, uint32(h.Edge))
	b = put32(b, uint32(h.Node))
	b = put32(b, uint32(h.Distance))
	b = put32(b, uint32(h.CutTick))
	b = put16(b, uint16(h.Treasure))
	return append(b, bit(h.Claimed), byte(h.Goal))
}

func (r *reader) hint() (h Hint, err error) {
	h.Edge = EdgeID(r.u32())
	h.Node = NodeID(r.u32())
	h.Distance = Distance(r.u32())
	h.CutTick = Tick(r.u32())
	h.Treasure = TreasureID(r.u16())
	h.Claimed, err = r.bit()
	if h.Goal = GoalID(r.u8()); h.Goal > MaxGoals {
		err = ErrValue
	}
	if err == nil && h.Treasure >= MaxTreasures && h.Treasure != NoTreasure {
		err = ErrValue
	}
	return h, err
}

func bit(v bool) byte {
	if v {
		return 1
	}
	return 0
}

// bit takes a flag; only 0 and 1 are one, so that every frame has one spelling.
func (r *reader) bit() (bool, error) {
	v := r.u8()
	if v > 1 {
		return false, ErrValue
	}
	return v == 1, nil
}
