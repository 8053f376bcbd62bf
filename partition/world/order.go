package world

// components finds the strongly connected components of the edges among the
// nodes [lo, hi) and gives each node its component's number; sizes are by number.
func components(r rows, lo, hi uint32) (of, sizes []uint32) {
	t := tarjan{r: r, lo: lo, n: hi - lo, of: make([]uint32, hi-lo), low: make([]uint32, hi-lo)}
	for v := range t.n {
		if t.low[v] == 0 {
			t.visit(v)
		}
	}
	return t.of, t.sizes
}

// tarjan is Tarjan's algorithm without recursion. Nodes count from lo here.
type tarjan struct {
	r      rows
	lo, n  uint32
	of     []uint32 // component, or pending while it is not known
	low    []uint32 // lowest visit number that a node reaches; 0: not visited
	sizes  []uint32
	visits uint32
	stack  []uint32 // visited nodes without a component
	path   []step   // from the start to the node in hand
}

type step struct{ v, visit, edge uint32 }

const pending = 1<<32 - 1

func (t *tarjan) enter(v uint32) {
	t.visits++
	t.low[v], t.of[v] = t.visits, pending
	t.stack = append(t.stack, v)
	t.path = append(t.path, step{v, t.visits, t.r.first[t.lo+v]})
}

func (t *tarjan) visit(start uint32) {
	t.enter(start)
	for len(t.path) > 0 {
		s := &t.path[len(t.path)-1]
		if s.edge < t.r.first[t.lo+s.v+1] {
			h := t.r.head[s.edge] - t.lo
			s.edge++
			switch {
			case h >= t.n: // leads out
			case t.low[h] == 0:
				t.enter(h)
			case t.of[h] == pending:
				t.low[s.v] = min(t.low[s.v], t.low[h])
			}
			continue
		}
		v, root := s.v, t.low[s.v] == s.visit
		t.path = t.path[:len(t.path)-1]
		if len(t.path) > 0 {
			p := t.path[len(t.path)-1].v
			t.low[p] = min(t.low[p], t.low[v])
		}
		if root {
			t.close(v)
		}
	}
}

// close makes the stack down to v a component.
func (t *tarjan) close(v uint32) {
	number, size := uint32(len(t.sizes)), uint32(0)
	for {
		u := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		t.of[u] = number
		size++
		if u == v {
			break
		}
	}
	t.sizes = append(t.sizes, size)
}

// arrange appends the nodes [lo, hi) to order: the largest strongly connected
// component (of several, the one with the lowest node) in breadth-first order
// from its lowest node, then the rest in the same way. It returns the
// component's size.
func arrange(order []uint32, r rows, lo, hi uint32) ([]uint32, uint32) {
	of, sizes := components(r, lo, hi)
	root, size := uint32(0), uint32(0)
	for v, c := range of {
		if sizes[c] > size {
			root, size = uint32(v), sizes[c]
		}
	}
	main, done := of[root], make([]bool, hi-lo)
	flood := func(start uint32, may func(uint32) bool) {
		next := len(order)
		order = append(order, lo+start)
		done[start] = true
		for ; next < len(order); next++ {
			u := order[next]
			for _, h := range r.head[r.first[u]:r.first[u+1]] {
				if h -= lo; h < hi-lo && !done[h] && may(h) {
					done[h] = true
					order = append(order, lo+h)
				}
			}
		}
	}
	flood(root, func(v uint32) bool { return of[v] == main })
	for v := range hi - lo {
		if !done[v] {
			flood(v, func(uint32) bool { return true })
		}
	}
	return order, size
}
