package world

import (
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// Road graphs have arcs that a world cannot hold: loops, parallel ones, and
// arcs of weight 0. The first two never shorten a way and are left out. An arc
// of 0 does. Nodes that such arcs link both ways are at no distance from each
// other, so they become one node. What is left of them weighs light instead: a way
// is longer by that for each of those on it, which are at most z, their rank (a
// shortest way passes no node twice). So all weights are multiplied by a Scale
// above light*z: of two ways the one that was shorter still is, and a length
// divided by Scale, rounded down, is exactly the source's. Where weights and ways
// have no room for that, they are multiplied by as much as there is room for, and
// late says by how much a length may be too long.

// light is the least weight that congestion can raise: a level adds the weight
// shifted by LevelShift, two bits in the default rules.
const light = 4

// tidied is what had to be done to a source's arcs.
type tidied struct {
	loops, parallel int
	nodes, arcs     int    // how many fewer there are since arcs of weight 0 made several nodes one
	late            uint64 // a length divided by Scale is at most so much above the source's
}

func (t tidied) String() string {
	text := fmt.Sprintf("%d loops and %d parallel arcs left out", t.loops, t.parallel)
	if t.nodes > 0 {
		text += fmt.Sprintf(", %d nodes and %d arcs fewer since arcs of weight 0 make nodes one", t.nodes, t.arcs)
	}
	if t.late > 0 {
		text += fmt.Sprintf(", lengths at most %d too long for the arcs of weight 0", t.late)
	}
	return text
}

// tidy makes the graph one that a world can hold. Its rows and heads must be in range.
func (g *Graph) tidy() (done tidied, err error) {
	done.loops = g.dropLoops()
	done.parallel = g.dropParallel()
	if done.nodes = g.contract(); done.nodes > 0 {
		arcs := len(g.Head)
		g.dropLoops()
		g.dropParallel()
		done.arcs = arcs - len(g.Head)
	}
	done.late, err = g.scale()
	return done, err
}

// dropParallel keeps the lightest of parallel arcs, and sorts rows.
func (g *Graph) dropParallel() int {
	all := len(g.Head)
	r := rows{g.First, g.Head, g.Base}.transpose().transpose()
	r = r.unite(rows{first: make([]uint32, len(g.X)+1)})
	g.First, g.Head, g.Base = r.first, r.head, r.base
	return all - len(r.head)
}

// contract makes one node of those that arcs of weight 0 link both ways, placed
// where the first of them is. It returns how many nodes fewer there are.
func (g *Graph) contract() int {
	n := len(g.X)
	zero := rows{first: make([]uint32, 1, n+1)}
	for v := range n {
		for e := g.First[v]; e < g.First[v+1]; e++ {
			if g.Base[e] == 0 {
				zero.head = append(zero.head, g.Head[e])
			}
		}
		zero.first = append(zero.first, uint32(len(zero.head)))
	}
	of, sizes := components(zero, 0, uint32(n))
	if len(sizes) == n {
		return 0
	}
	count, place := uint32(0), make([]uint32, len(sizes)) // by component: its node, counted from 1
	for v, c := range of {
		if place[c] == 0 {
			g.X[count], g.Y[count] = g.X[v], g.Y[v]
			count++
			place[c] = count
		}
		of[v] = place[c] - 1
	}
	tails := make([]uint32, 0, len(g.Head))
	for v := range n {
		for range g.First[v+1] - g.First[v] {
			tails = append(tails, of[v])
		}
	}
	order, first := groupBy(tails, int(count))
	head, base := make([]uint32, len(order)), make([]uint32, len(order))
	for i, e := range order {
		head[i], base[i] = of[g.Head[e]], g.Base[e]
	}
	g.Node, g.X, g.Y, g.First, g.Head, g.Base = of, g.X[:count], g.Y[:count], first, head, base
	return n - int(count)
}

// named turns a list by the graph's nodes into one by the source's.
func (g *Graph) named(numbers []codec.NodeID) []codec.NodeID {
	if g.Node == nil {
		return numbers
	}
	all := make([]codec.NodeID, len(g.Node))
	for i, v := range g.Node {
		all[i] = numbers[v]
	}
	return all
}

func (g *Graph) dropLoops() int {
	return g.drop(func(v, e uint32) bool { return g.Head[e] == v })
}

// drop leaves out the arcs that unwanted says, and tells how many they were.
func (g *Graph) drop(unwanted func(tail, arc uint32) bool) int {
	all, kept := len(g.Head), uint32(0)
	for v := range uint32(len(g.X)) {
		lo, hi := g.First[v], g.First[v+1]
		g.First[v] = kept
		for e := lo; e < hi; e++ {
			if !unwanted(v, e) {
				g.Head[kept], g.Base[kept] = g.Head[e], g.Base[e]
				kept++
			}
		}
	}
	g.First[len(g.X)] = kept
	g.Head, g.Base = g.Head[:kept], g.Base[:kept]
	return all - int(kept)
}

// scale multiplies the weights as far as there is room, so that congestion can
// raise each, and so that arcs of 0 have a weight and change no length.
func (g *Graph) scale() (late uint64, err error) {
	least, most := uint32(light), uint32(0)
	for e, base := range g.Base {
		if base > partition.MaxBase {
			return 0, Refuse("arc %d weighs %d: it must be at most %d: use a coarser unit", e, base, partition.MaxBase)
		}
		if base > 0 {
			least = min(least, base)
		}
		most = max(most, base)
	}
	zeros := uint64(g.zeroRank())
	scale := max((light+uint64(least)-1)/uint64(least), light*zeros+min(zeros, 1))
	if scale > 1 {
		scale = max(1, min(scale, g.room(uint64(most), zeros, scale)))
	}
	weight := uint64(light) // of an arc of 0
	if weight*zeros >= scale {
		weight = 1
	}
	for e, base := range g.Base {
		g.Base[e] = uint32(max(uint64(base)*scale, weight))
	}
	g.Scale = uint32(scale)
	return weight * zeros / scale, nil
}

// room is the largest scale that the bounds of weights and ways have room for.
func (g *Graph) room(most, zeros, scale uint64) uint64 {
	r := rows{g.First, g.Head, g.Base}
	of, sizes := components(r, 0, uint32(len(g.X)))
	span := r.span(0, of, sizes, largest(sizes), (MaxPath-light*zeros)/scale)
	return min(partition.MaxBase/max(most, 1), (MaxPath-light*zeros)/max(span, 1))
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
