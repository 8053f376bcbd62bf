package world

import "github.com/huntgraph/huntgraph/partition"

// Graph is what a world is built from: nodes numbered as the source numbers
// them, directed edges in rows by tail.
type Graph struct {
	Name, Source string
	X, Y         []int32  // where a node is drawn
	First        []uint32 // nodes + 1 indices into Head and Base
	Head, Base   []uint32
	Scale        uint32   // what the source's weights were multiplied by; 0 is 1
	Node         []uint32 // by the source's node: the graph's, where some were made one; nil: the same
	Area         []uint32 // optional: nodes of one area are cut apart last; neighbours in number should be linked
}

// rows are the edges of a graph, in compressed rows by tail.
type rows struct{ first, head, base []uint32 }

func (r rows) nodes() int { return len(r.first) - 1 }

// transpose turns every edge round. The heads within a row come out ascending,
// so doing it twice sorts the rows, in linear time.
func (r rows) transpose() rows {
	n := r.nodes()
	t := rows{make([]uint32, n+1), make([]uint32, len(r.head)), make([]uint32, len(r.head))}
	for _, h := range r.head {
		t.first[h+1]++
	}
	for v := range n {
		t.first[v+1] += t.first[v]
	}
	next := append([]uint32(nil), t.first[:n]...)
	for v := range n {
		for e := r.first[v]; e < r.first[v+1]; e++ {
			at := next[r.head[e]]
			next[r.head[e]]++
			t.head[at], t.base[at] = uint32(v), r.base[e]
		}
	}
	return t
}

// unite keeps, of both graphs' edges, the lightest between two nodes. The rows
// of both must be sorted; repeated heads within a row are united too.
func (r rows) unite(o rows) rows {
	n := r.nodes()
	u := rows{first: make([]uint32, 1, n+1), head: make([]uint32, 0, len(r.head)), base: make([]uint32, 0, len(r.head))}
	for v := range n {
		i, j := r.first[v], o.first[v]
		row := len(u.head)
		for i < r.first[v+1] || j < o.first[v+1] {
			var head, base uint32
			if j == o.first[v+1] || i < r.first[v+1] && r.head[i] <= o.head[j] {
				head, base = r.head[i], r.base[i]
				i++
			} else {
				head, base = o.head[j], o.base[j]
				j++
			}
			if last := len(u.head) - 1; last >= row && u.head[last] == head {
				u.base[last] = min(u.base[last], base)
				continue
			}
			u.head, u.base = append(u.head, head), append(u.base, base)
		}
		u.first = append(u.first, uint32(len(u.head)))
	}
	return u
}

// renumber gives node order[i] the number i and sorts the rows.
func (r rows) renumber(order []uint32) rows {
	to := make([]uint32, len(order))
	for i, old := range order {
		to[old] = uint32(i)
	}
	n := rows{make([]uint32, 1, len(r.first)), make([]uint32, 0, len(r.head)), make([]uint32, 0, len(r.base))}
	for _, old := range order {
		for e := r.first[old]; e < r.first[old+1]; e++ {
			n.head, n.base = append(n.head, to[r.head[e]]), append(n.base, r.base[e])
		}
		n.first = append(n.first, uint32(len(n.head)))
	}
	return n.transpose().transpose()
}

// rows checks the graph and returns its edges sorted, the lightest of parallel ones.
func (g *Graph) rows() (rows, error) {
	n := len(g.X)
	switch {
	case n < MinMain:
		return rows{}, Refuse("the graph has %d nodes: a world needs at least %d", n, MinMain)
	case n > MaxNodes || len(g.Head) > MaxEdges:
		return rows{}, Refuse("the graph has %d nodes and %d edges: at most %d of each have an id", n, len(g.Head), uint32(MaxNodes))
	case len(g.Y) != n || len(g.First) != n+1 || len(g.Base) != len(g.Head) || g.Area != nil && len(g.Area) != n:
		return rows{}, Refuse("the graph's arrays differ in length")
	case g.First[0] != 0 || int(g.First[n]) != len(g.Head):
		return rows{}, Refuse("the graph's rows do not cover its edges")
	}
	for v := range n {
		if g.First[v] > g.First[v+1] {
			return rows{}, Refuse("node %d: its row of edges ends before it starts", v)
		}
		for e := g.First[v]; e < g.First[v+1] && int(e) < len(g.Head); e++ {
			if int(g.Head[e]) >= n || int(g.Head[e]) == v {
				return rows{}, Refuse("edge %d leads from node %d to node %d of %d", e, v, g.Head[e], n)
			}
			if g.Base[e] == 0 || g.Base[e] > partition.MaxBase {
				return rows{}, Refuse("edge %d, from node %d to node %d, has weight %d: it must be 1 to %d", e, v, g.Head[e], g.Base[e], partition.MaxBase)
			}
		}
	}
	sorted := rows{g.First, g.Head, g.Base}.transpose().transpose()
	sorted = sorted.unite(rows{first: make([]uint32, n+1)})
	for v := range n {
		if degree := sorted.first[v+1] - sorted.first[v]; degree > partition.MaxDegree {
			return rows{}, Refuse("node %d has %d edges: it must be at most %d", v, degree, partition.MaxDegree)
		}
	}
	return sorted, nil
}
