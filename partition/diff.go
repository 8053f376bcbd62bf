package partition

import (
	"math/bits"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
	"github.com/huntgraph/huntgraph/partition/shadow"
)

// DiffEdges lists edges whose load or weights differ from a fork's, beginning
// with a position (first 0), and returns how many it put in into, which has room
// for 16 at least, and the position to go on with; at the end that is 0.
// Only memory that was written since the fork is compared; of an image, all.
// Ascending, then those that only have another weight of their own.
func (c *Core) DiffEdges(f *Fork, from uint32, into []codec.EdgeID) (n int, next uint32) {
	var room [MaxForks]shadow.Branch
	chain := c.chain(f, edgeTable, &room)
	lines := uint32(c.lines())
	given := max(from, lines)
	var differ [64]uint16
	for from < lines {
		w, bit := from/64, from%64
		set := shadow.Set(chain, int(w)) >> bit << bit
		for set = c.tables[edgeTable].Differ(chain, int(w), set, stateMask, &differ); set != 0; set &= set - 1 {
			if n+lineEdges > len(into) {
				return n, w*64 + uint32(bits.TrailingZeros64(set))
			}
			line := bits.TrailingZeros64(set)
			first := c.topo.FirstEdge + codec.EdgeID((int(w)*64+line)*lineEdges)
			for edges := differ[line]; edges != 0; edges &= edges - 1 {
				into[n] = first + codec.EdgeID(bits.TrailingZeros16(edges))
				n++
			}
		}
		from = (w + 1) * 64
	}
	return c.diffGiven(f, given, lines, into, n)
}

// diffGiven goes on with the rows of weights that were set: from counts them from base.
func (c *Core) diffGiven(f *Fork, from, base uint32, into []codec.EdgeID, n int) (int, uint32) {
	for ; int(from-base) < len(c.given); from++ {
		now := &c.given[from-base]
		i, there := slices.BinarySearchFunc(f.given, now.edge, byEdge)
		if !there || f.given[i] == *now || c.edgeAt(nil, now.edge) != c.edgeAt(f, now.edge) {
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

// edgeAt is an edge's row now (nil) or at a fork, without the overlay's byte.
func (c *Core) edgeAt(f *Fork, e uint32) overlay.Edge {
	var room [MaxForks]shadow.Branch
	var chain []shadow.Branch
	if f != nil {
		chain = c.chain(f, edgeTable, &room)
	}
	line := c.tables[edgeTable].At(chain, int(e)/lineEdges)
	row := line[int(e)%lineEdges*shadow.LineSize/lineEdges:]
	return overlay.Edge{Load: row[0], Level: row[1], Cut: row[2]}
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
