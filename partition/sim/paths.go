package sim

import "github.com/huntgraph/huntgraph/codec"

// truth is the whole hunt as of a cut, by what was released up to it.
type truth struct {
	weight []codec.Weight
	dist   [3][]codec.Distance // by goal: from every node; nil: not searched
}

// truth is the hunt's at a cut. All partitions have released what came before
// it, or nobody could be led as of it.
func (j *judge) truth(at codec.Cut) *truth {
	if t := j.truths[at]; t != nil {
		return t
	}
	t := &truth{}
	for _, w := range j.h.land.base {
		t.weight = append(t.weight, codec.Weight(w))
	}
	for p := range j.ledgers {
		for _, d := range j.ledgers[p].deltas {
			if (codec.Cut{Round: d.Round, Tick: d.Tick}).Compare(at) <= 0 {
				t.weight[d.Edge] = d.Weight
			}
		}
	}
	j.truths[at] = t
	return t
}

// distances are to a goal, from every node, as of a cut.
func (j *judge) distances(at codec.Cut, goal codec.GoalID) []codec.Distance {
	t := j.truth(at)
	if t.dist[goal] != nil {
		return t.dist[goal]
	}
	dist := make([]codec.Distance, j.h.land.nodes())
	for v := range dist {
		dist[v] = codec.Unreachable
	}
	if goal != codec.Nearest {
		dist[j.h.rules.Goals[goal-1].Node] = 0
	}
	for _, e := range j.opened[at.Round] {
		g, claimed := j.grants[treasureID{e.Round, e.Treasure}]
		if goal == codec.Nearest && e.Tick <= at.Tick && !(claimed && g.Tick <= at.Tick) {
			dist[e.Node] = 0
		}
	}
	j.h.land.dijkstra(t.weight, dist)
	t.dist[goal] = dist
	return dist
}

// dijkstra completes distances to the nodes that have one, without a heap and
// backwards over a list of all edges, so that it has little to get wrong.
func (l *land) dijkstra(weight []codec.Weight, dist []codec.Distance) {
	done := make([]bool, len(dist))
	for {
		best := -1
		for v, d := range dist {
			if !done[v] && d != codec.Unreachable && (best < 0 || d < dist[best]) {
				best = v
			}
		}
		if best < 0 {
			return
		}
		done[best] = true
		for v := range dist {
			lo, hi := l.out(codec.NodeID(v))
			for e := lo; e < hi; e++ {
				if int(l.head[e]) == best && weight[e] != codec.Blocked {
					dist[v] = min(dist[v], dist[best]+codec.Distance(weight[e]))
				}
			}
		}
	}
}

// led holds a hint to I8: the player stands at a node.
func (j *judge) led(at codec.Cut, hint codec.Hint, node codec.NodeID) {
	if hint.Distance == codec.Unreachable {
		return // which may also mean that none is known yet
	}
	j.h.Hints++
	dist := j.distances(at, hint.Goal)
	if dist[node] != hint.Distance {
		j.h.breaks("I8: cut %v, goal %d, node %d: the hint says %d, the whole graph %d", at, hint.Goal, node, hint.Distance, dist[node])
		return
	}
	if hint.Edge != codec.NoEdge {
		j.step(at, hint.Goal, node, hint.Edge)
	}
}

// step holds that an edge is on a shortest way.
func (j *judge) step(at codec.Cut, goal codec.GoalID, node codec.NodeID, edge codec.EdgeID) codec.NodeID {
	dist, weight := j.distances(at, goal), j.truth(at).weight[edge]
	head := codec.NodeID(j.h.land.head[edge])
	if j.h.land.tail(edge) != node || weight == codec.Blocked || dist[head]+codec.Distance(weight) != dist[node] {
		j.h.breaks("I8: cut %v, goal %d, node %d: edge %d is on no shortest way", at, goal, node, edge)
	}
	return head
}

// way holds a way to I8, every edge of it. It returns false if there is none yet.
func (j *judge) way(goal codec.GoalID, w codec.Way) bool {
	j.h.note('w', uint64(w.Node), uint64(w.Code), uint64(w.Cut.Round), uint64(w.Cut.Tick), uint64(w.Distance))
	if w.Code != codec.CodeOK {
		return false
	}
	j.h.Ways++
	if truth := j.distances(w.Cut, goal)[w.Node]; truth != w.Distance {
		j.h.breaks("I8: cut %v, goal %d, node %d: the way is %d long, in the whole graph %d", w.Cut, goal, w.Node, w.Distance, truth)
		return true
	}
	node := w.Node
	for _, e := range w.Edges[:w.Count] {
		node = j.step(w.Cut, goal, node, e)
	}
	return true
}

// weightsWentBack holds that right after each rollback every edge weighed what it
// weighed at the boundary that was gone back to, by what was released.
func (j *judge) weightsWentBack() {
	for p, s := range j.h.seats {
		lo, hi := j.h.land.first[j.h.land.parts[p]], j.h.land.first[j.h.land.parts[p+1]]
		for _, o := range s.orders {
			was, is := j.truth(o.To).weight, j.truth(o.At).weight
			for e := lo; e < hi; e++ {
				if was[e] != is[e] {
					j.h.breaks("I6: partition %d went back to %v at %v: edge %d weighs %d, and weighed %d", p, o.To, o.At, e, is[e], was[e])
					return
				}
			}
		}
	}
}
