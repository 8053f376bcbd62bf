package codec

// Rules are the version and the parameters of everything that decides a
// partition's state. They stand in a round's base record and change only at a
// round's start.
type Rules struct {
	Version      uint16
	RoundTicks   uint32 // length of a round, in ticks: at most MaxRoundTicks
	RefreshTicks uint16 // ticks between refreshes of the search weights
	SweepTicks   uint16 // ticks in which every edge's load is decayed once
	MoveLoad     uint8  // load that a move adds to its edge; loads stop at 255
	DecayShift   uint8  // a sweep takes load >> DecayShift, rounded up, off every load
	LevelLoad    uint8  // load between two weight levels
	Hysteresis   uint8  // how far below its level's load an edge falls before the level does
	MaxLevel     uint8  // the highest weight level
	LevelShift   uint8  // a level adds base >> LevelShift to the weight
	MoveTicks    uint16 // ticks that a move costs a player's allowance
	MoveBurst    uint16 // moves that a rested player may make at once
	IdleTicks    uint16 // ticks without a sign of a player after which it may be expired
	Treasures    uint16 // treasures a partition and round
	OpenAtStart  uint16 // of these, open at the round's start; the rest open evenly over the round

	Goals [MaxGoals]Goal // the named goals, from 1; those that the hunt has come first
}

// MaxRoundTicks bounds a round: 5 minutes.
const MaxRoundTicks = 5 * 60 * TicksPerSecond

const rulesLen = 2 + 4 + 2 + 2 + 6 + 2 + 2 + 2 + 2 + 2 + MaxGoals*goalLen

// GoalCount is how many named goals the hunt has.
func (u *Rules) GoalCount() int {
	n := 0
	for n < MaxGoals && u.Goals[n].Name != (Name{}) {
		n++
	}
	return n
}

// append and the reader's rules are part of the base record.
func (u *Rules) append(b []byte) []byte {
	b = put16(b, u.Version)
	b = put32(b, u.RoundTicks)
	b = put16(b, u.RefreshTicks)
	b = put16(b, u.SweepTicks)
	b = append(b, u.MoveLoad, u.DecayShift, u.LevelLoad, u.Hysteresis, u.MaxLevel, u.LevelShift)
	b = put16(b, u.MoveTicks)
	b = put16(b, u.MoveBurst)
	b = put16(b, u.IdleTicks)
	b = put16(b, u.Treasures)
	b = put16(b, u.OpenAtStart)
	for i := range u.Goals {
		b = put32(append(b, u.Goals[i].Name[:]...), uint32(u.Goals[i].Node))
	}
	return b
}

func (r *reader) rules() (u Rules) {
	u.Version = r.u16()
	u.RoundTicks = r.u32()
	u.RefreshTicks = r.u16()
	u.SweepTicks = r.u16()
	u.MoveLoad, u.DecayShift, u.LevelLoad = r.u8(), r.u8(), r.u8()
	u.Hysteresis, u.MaxLevel, u.LevelShift = r.u8(), r.u8(), r.u8()
	u.MoveTicks = r.u16()
	u.MoveBurst = r.u16()
	u.IdleTicks = r.u16()
	u.Treasures = r.u16()
	u.OpenAtStart = r.u16()
	for i := range u.Goals {
		r.take(u.Goals[i].Name[:])
		u.Goals[i].Node = NodeID(r.u32())
	}
	return u
}
