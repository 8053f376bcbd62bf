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
	edges := padEdges(len(c.load))
	given := max(from, edges)
	var now, once [edgeTables][]byte
	for from < edges {
		var set [edgeTables]uint64
		w, bit := int(from/shadow.LineSize/64), from/shadow.LineSize%64
		for i := range set {
			set[i] = shadow.Set(chains[i], w)
		}
		any := (set[0] | set[1] | set[2]) >> bit << bit
		for ; any != 0; any &= any - 1 {
			line := w*64 + bits.TrailingZeros64(any)
			if n+shadow.LineSize > len(into) {
				return n, uint32(line) * shadow.LineSize
			}
			for i := range chains {
				now[i] = c.tables[i].At(nil, line)
				if once[i] = now[i]; set[i]>>(line%64)&1 != 0 {
					once[i] = c.tables[i].At(chains[i], line)
				}
			}
			first := c.topo.FirstEdge + codec.EdgeID(line*shadow.LineSize)
			for differ := shadow.Differ(&now, &once); differ != 0; differ &= differ - 1 {
				into[n] = first + codec.EdgeID(bits.TrailingZeros64(differ))
				n++
			}
		}
		from = uint32(w+1) * 64 * shadow.LineSize
	}
	return c.diffGiven(f, given, edges, into, n)
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
	var known [MaxPlayers / 64]uint64 // rows that the fork has too
	for i := range f.players {
		was := &f.players[i]
		row := c.lookup(was.id)
		if row >= 0 {
			known[row/64] |= 1 << (row % 64)
		}
		if row < 0 || c.players[row] != *was {
			fn(was.id)
		}
	}
	for i := range c.players {
		if known[i/64]>>(i%64)&1 == 0 {
			fn(c.players[i].id)
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
