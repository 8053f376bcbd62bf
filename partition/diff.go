package partition

import (
	"math/bits"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/shadow"
)

// DiffEdges lists edges whose load or weights differ from a fork's, beginning
// with a position (first 0), and returns how many it put in into, which has room
// for 64 at least, and the position to go on with; at the end that is 0.
// Only memory that was written since the fork is compared; of an image, all.
// Ascending, then those that only have another weight of their own.
func (c *Core) DiffEdges(f *Fork, from uint32, into []codec.EdgeID) (n int, next uint32) {
	var chains [edgeTables][]shadow.Branch
	var room [edgeTables][MaxForks]shadow.Branch
	for i := range chains {
		chains[i] = c.chain(f, i, &room[i])
	}
	lines := padEdges(len(c.load)) / shadow.LineSize
	for line := from / shadow.LineSize; from < lines*shadow.LineSize && line < lines; line++ {
		w, bit := int(line/64), line%64
		var sets [edgeTables]uint64
		for i := range sets {
			sets[i] = shadow.Set(chains[i], w) >> bit
		}
		all := sets[0] | sets[1] | sets[2]
		if all == 0 {
			line |= 63 // none in the rest of the word
			continue
		}
		if all&1 == 0 {
			continue
		}
		if n+shadow.LineSize > len(into) {
			return n, line * shadow.LineSize
		}
		differ := uint64(0)
		for i := range chains {
			if sets[i]&1 != 0 {
				differ |= shadow.Differ(c.tables[i].At(nil, int(line)), c.tables[i].At(chains[i], int(line)))
			}
		}
		first := c.topo.FirstEdge + codec.EdgeID(line*shadow.LineSize)
		for ; differ != 0; differ &= differ - 1 {
			into[n] = first + codec.EdgeID(bits.TrailingZeros64(differ))
			n++
		}
	}
	return c.diffGiven(f, max(from, lines*shadow.LineSize), lines*shadow.LineSize, into, n)
}

// diffGiven goes on with the rows of weights that were set: from counts them from base.
func (c *Core) diffGiven(f *Fork, from, base uint32, into []codec.EdgeID, n int) (int, uint32) {
	for ; int(from-base) < len(c.given); from++ {
		now := &c.given[from-base]
		i, there := slices.BinarySearchFunc(f.given, now.edge, byEdge)
		if !there || f.given[i] == *now || c.row3(nil, now.edge) != c.row3(f, now.edge) {
			continue
		}
		if n == len(into) {
			return n, from
		}
		into[n] = c.topo.FirstEdge + codec.EdgeID(now.edge)
		n++
	}
	return n, 0
}

// row3 is an edge's load, level and cut, now (nil) or at a fork.
func (c *Core) row3(f *Fork, e uint32) (row [edgeTables]uint8) {
	var room [MaxForks]shadow.Branch
	for i := range row {
		var chain []shadow.Branch
		if f != nil {
			chain = c.chain(f, i, &room)
		}
		row[i] = c.tables[i].At(chain, int(e/shadow.LineSize))[e%shadow.LineSize]
	}
	return row
}

// DiffPlayers calls fn with every player who is here now and was not at the
// fork, or the other way round, or whose row differs.
func (c *Core) DiffPlayers(f *Fork, fn func(codec.PlayerID)) {
	same := 0
	for i := range f.players {
		was := &f.players[i]
		if p := c.row(was.id); p != nil && *p == *was {
			same++
			continue
		}
		fn(was.id)
	}
	if same == len(f.players) && same == len(c.players) {
		return
	}
	for i := range c.players {
		id := c.players[i].id
		if !slices.ContainsFunc(f.players, func(p player) bool { return p.id == id }) {
			fn(id)
		}
	}
}

// DiffTreasures calls fn with every treasure that differs: claimed since, or of another round.
func (c *Core) DiffTreasures(f *Fork, fn func(codec.TreasureID)) {
	for i := range max(len(c.treasures), len(f.treasures)) {
		if i >= len(f.treasures) || i >= len(c.treasures) || c.treasures[i] != f.treasures[i] {
			fn(c.treasureID(i))
		}
	}
}
