package bench

import (
	"sync"
	"sync/atomic"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/world"
)

// audit compares hints of one cut with a plain Dijkstra over the whole world. It
// gathers while the hunt runs: each partition's part of the cut, and replies
// that name it. It judges afterwards.
type audit struct {
	after   codec.Tick    // the cut is the first one after this
	cut     atomic.Uint32 // its tick; 0: it has not come yet
	mu      sync.Mutex
	weights map[codec.EdgeID]codec.Weight // that are not the base
	sought  []treasureAt
	seen    []bool // the partitions whose part was gathered
	missing int
	samples []codec.Reply
	skip    int // replies between two samples
	passed  int
}

type treasureAt struct {
	id   codec.TreasureID
	node codec.NodeID
}

func newAudit(after codec.Tick, partitions, samples, skip int) *audit {
	return &audit{
		after: after, weights: map[codec.EdgeID]codec.Weight{}, seen: make([]bool, partitions), missing: partitions,
		samples: make([]codec.Reply, 0, samples), skip: skip,
	}
}

// look takes a partition's part of the cut: on the actor's goroutine, after the
// refresh and before the next one.
func (a *audit) look(p *part) {
	now := p.core.Cut()
	if now <= a.after {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cut.CompareAndSwap(0, uint32(now))
	if a.seen[p.id] || uint32(now) != a.cut.Load() {
		return
	}
	a.seen[p.id] = true
	a.missing--
	p.core.Searched(func(e codec.EdgeID, w codec.Weight) { a.weights[e] = w })
	p.core.Sought(func(id codec.TreasureID, n codec.NodeID) { a.sought = append(a.sought, treasureAt{id, n}) })
}

// missed reports whether a partition was so late that it passed the next cut too
// before it looked at this one: its part will never come.
func (a *audit) missed(h *hunt) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	cut := int64(a.cut.Load())
	for id, p := range h.parts {
		if cut > 0 && !a.seen[id] && p.cut.Load() > cut {
			return true
		}
	}
	return false
}

// sample keeps some of the replies whose hint names the cut.
func (a *audit) sample(r *codec.Reply) {
	cut := a.cut.Load()
	if cut == 0 || uint32(r.Hint.CutTick) != cut || r.Node == codec.NoNode || len(a.samples) == cap(a.samples) {
		return
	}
	if a.passed++; a.passed%a.skip == 0 {
		a.samples = append(a.samples, *r)
	}
}

// mismatches is how many samples are not what a plain Dijkstra says.
func (a *audit) mismatches(w *world.World, in *incoming) int {
	weight := append([]uint32(nil), w.Base...)
	for e, v := range a.weights {
		weight[e] = uint32(v)
	}
	value := in.dijkstra(weight, a.sought)
	wrong := 0
	for i := range a.samples {
		if r := &a.samples[i]; !agrees(w, weight, value, r) {
			wrong++
		}
	}
	return wrong
}

// agrees compares a reply's hint: the distance, the treasure, and that the next
// edge lies on a shortest way.
func agrees(w *world.World, weight []uint32, value []uint64, r *codec.Reply) bool {
	want, h := value[r.Node], &r.Hint
	if want == nowhere {
		return h.Distance == codec.Unreachable && h.Edge == codec.NoEdge
	}
	if uint64(h.Distance)<<16|uint64(h.Treasure) != want {
		return false
	}
	if h.Edge == codec.NoEdge {
		return h.Distance == 0
	}
	e := uint32(h.Edge)
	return e >= w.First[r.Node] && e < w.First[r.Node+1] && uint32(h.Node) == w.Head[e] &&
		value[w.Head[e]]+uint64(weight[e])<<16 == want
}

// nowhere is the value of a node from which no treasure can be reached.
const nowhere = 1<<64 - 1

// incoming is a world's edges by head.
type incoming struct {
	first, tail, edge []uint32
}

func newIncoming(w *world.World) *incoming {
	in := &incoming{first: make([]uint32, w.Nodes()+1), tail: make([]uint32, w.Edges()), edge: make([]uint32, w.Edges())}
	for _, head := range w.Head {
		in.first[head+1]++
	}
	for n := range w.Nodes() {
		in.first[n+1] += in.first[n]
	}
	at := append([]uint32(nil), in.first...)
	for p := range w.Partitions() {
		c := &w.Cut[p]
		for n := uint32(c.FirstNode); n < uint32(c.FirstNode)+c.Nodes; n++ {
			for e := w.First[n]; e < w.First[n+1]; e++ {
				head := w.Head[e]
				in.tail[at[head]], in.edge[at[head]] = n, e
				at[head]++
			}
		}
	}
	return in
}

// dijkstra is the distance from every node to its nearest treasure, and in the
// low 16 bits that treasure, the lowest of several.
func (in *incoming) dijkstra(weight []uint32, sought []treasureAt) []uint64 {
	value := make([]uint64, len(in.first)-1)
	for i := range value {
		value[i] = nowhere
	}
	var q nearest
	for _, t := range sought {
		if v := uint64(t.id); v < value[t.node] {
			value[t.node] = v
			q.push(v, uint32(t.node))
		}
	}
	for len(q.value) > 0 {
		v, n := q.pop()
		if v != value[n] {
			continue
		}
		for i := in.first[n]; i < in.first[n+1]; i++ {
			e, tail := in.edge[i], in.tail[i]
			if weight[e] == uint32(codec.Blocked) {
				continue
			}
			if next := v + uint64(weight[e])<<16; next < value[tail] {
				value[tail] = next
				q.push(next, tail)
			}
		}
	}
	return value
}

// nearest is a binary heap of nodes by value.
type nearest struct {
	value []uint64
	node  []uint32
}

func (q *nearest) push(v uint64, n uint32) {
	q.value, q.node = append(q.value, v), append(q.node, n)
	for i := len(q.value) - 1; i > 0 && q.value[(i-1)/2] > q.value[i]; i = (i - 1) / 2 {
		q.swap(i, (i-1)/2)
	}
}

func (q *nearest) pop() (v uint64, n uint32) {
	v, n = q.value[0], q.node[0]
	last := len(q.value) - 1
	q.swap(0, last)
	q.value, q.node = q.value[:last], q.node[:last]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if q.value[child] < q.value[least] {
				least = child
			}
		}
		if least == i {
			return v, n
		}
		q.swap(i, least)
		i = least
	}
}

func (q *nearest) swap(i, j int) {
	q.value[i], q.value[j] = q.value[j], q.value[i]
	q.node[i], q.node[j] = q.node[j], q.node[i]
}
