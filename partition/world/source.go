package world

import (
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
)

// Road graphs have arcs that a world cannot hold: loops, parallel ones, and
// arcs of weight 0. The first two never shorten a way and are left out. An arc
// of 0 does: with a weight of 1 instead, a way would be longer by the number of
// such arcs on it, which is at most z, the rank of the arcs of 0 (a shortest
// way passes no node twice). So all weights are multiplied by Scale = z + 1, and
// arcs of 0 weigh 1: of two ways the one that was shorter still is, and a
// length divided by Scale, rounded down, is exactly the source's.

// tidied is what had to be done to a source's arcs.
type tidied struct{ loops, parallel int }

func (t tidied) String() string {
	return fmt.Sprintf("%d loops and %d parallel arcs left out", t.loops, t.parallel)
}

// tidy makes the graph one that a world can hold. Its rows and heads must be in range.
func (g *Graph) tidy() (done tidied, err error) {
	all := len(g.Head)
	g.dropLoops()
	done.loops = all - len(g.Head)
	r := rows{g.First, g.Head, g.Base}.transpose().transpose()
	r = r.unite(rows{first: make([]uint32, len(g.X)+1)})
	done.parallel = len(g.Head) - len(r.head)
	g.First, g.Head, g.Base = r.first, r.head, r.base
	return done, g.scale()
}

func (g *Graph) dropLoops() {
	kept := uint32(0)
	for v := range uint32(len(g.X)) {
		lo, hi := g.First[v], g.First[v+1]
		g.First[v] = kept
		for e := lo; e < hi; e++ {
			if g.Head[e] != v {
				g.Head[kept], g.Base[kept] = g.Head[e], g.Base[e]
				kept++
			}
		}
	}
	g.First[len(g.X)] = kept
	g.Head, g.Base = g.Head[:kept], g.Base[:kept]
}

// scale multiplies the weights so that arcs of 0 can weigh 1.
func (g *Graph) scale() error {
	scale := uint64(1 + g.zeroRank())
	for e, base := range g.Base {
		scaled := max(uint64(base)*scale, 1)
		if scaled >= uint64(codec.Blocked) {
			return Refuse("an arc weighs %d, and %d times that for the sake of arcs of weight 0 is not below %d: use a coarser unit", base, scale, codec.Blocked)
		}
		g.Base[e] = uint32(scaled)
	}
	g.Scale = uint32(scale)
	return nil
}

// zeroRank is the most arcs of weight 0 that a way without a loop can have: the
// edges of a spanning forest of them.
func (g *Graph) zeroRank() (rank int) {
	var parent []uint32
	root := func(v uint32) uint32 {
		for parent[v] != v {
			parent[v] = parent[parent[v]]
			v = parent[v]
		}
		return v
	}
	for v := range uint32(len(g.X)) {
		for e := g.First[v]; e < g.First[v+1]; e++ {
			if g.Base[e] != 0 {
				continue
			}
			if parent == nil {
				parent = make([]uint32, len(g.X))
				for i := range parent {
					parent[i] = uint32(i)
				}
			}
			if a, b := root(v), root(g.Head[e]); a != b {
				parent[max(a, b)] = min(a, b)
				rank++
			}
		}
	}
	return rank
}
