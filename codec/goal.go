package codec

// GoalID is what a player is led to: Nearest, or one of the hunt's named goals,
// which are numbered from 1 in the order of the rules.
type GoalID uint8

const (
	// Nearest leads to the nearest treasure that is open at the cut.
	Nearest GoalID = 0
	// MaxGoals is the most named goals of a hunt.
	MaxGoals = 16
)

// Goal is a named goal of a hunt; one without a name is none.
type Goal struct {
	Name Name
	Node NodeID
}

const goalLen = MaxName + 4

// Reach is how far a goal is from a node, and of several treasures which one it
// is: NoTreasure for a named goal.
type Reach struct {
	Distance Distance
	Treasure TreasureID
}

// ReachLen is the length of an encoded reach, in bytes.
const ReachLen = 4 + 2

// MaxReaches is the most that one frame or input carries.
const MaxReaches = 40

// Reaches are encoded reaches, one after the other.
type Reaches []byte

// Len is how many there are.
func (r Reaches) Len() int { return len(r) / ReachLen }

// At is the i-th.
func (r Reaches) At(i int) Reach {
	f := reader{r[i*ReachLen:]}
	return Reach{Distance(f.u32()), TreasureID(f.u16())}
}

// Append appends one.
func (r Reaches) Append(v Reach) Reaches {
	return put16(put32(r, uint32(v.Distance)), uint16(v.Treasure))
}
