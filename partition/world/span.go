package world

// span bounds what a search adds up among the nodes from lo on whose components
// are given: every shortest way between two of them, with one more edge at its
// end. main is the largest component.
//
// The sum over all nodes of the heaviest edge that leaves each is such a bound;
// only where it is not good enough is more work done. A way passes strongly
// connected components in order and never comes back to one, so the bound is
// the longest chain of bounds of single ones. In the main one a shortest
// way is no longer than one by way of a fixed node: to it from the node
// farthest off, and from it to the node farthest off. A closed edge may make
// ways longer than this bound, which an engine has to notice by itself.
func (r rows) span(lo uint32, of, sizes []uint32, main uint32, enough uint64) uint64 {
	hi := lo + uint32(len(of))
	sum := r.heaviest(lo, hi)
	if sum <= enough {
		return sum
	}
	inside, most := make([]uint64, len(sizes)), uint64(0)
	for v := lo; v < hi; v++ {
		h := r.heaviest(v, v+1)
		inside[of[v-lo]] += h
		most = max(most, h)
	}
	alone := r.among(lo, of, main)
	inside[main] = min(inside[main], alone.farthest()+alone.transpose().farthest())
	return r.longestChain(lo, of, inside) + most
}

// heaviest is the sum, over the nodes of a range, of the heaviest edge that leaves each.
func (r rows) heaviest(lo, hi uint32) (sum uint64) {
	for v := lo; v < hi; v++ {
		most := uint32(0)
		for _, base := range r.base[r.first[v]:r.first[v+1]] {
			most = max(most, base)
		}
		sum += uint64(most)
	}
	return sum
}

// largest is the component with the most nodes, the first of several.
func largest(sizes []uint32) (component uint32) {
	for c, size := range sizes {
		if size > sizes[component] {
			component = uint32(c)
		}
	}
	return component
}

// longestChain adds bounds of components and the edges between them up. A
// component's edges lead to ones of lower number.
func (r rows) longestChain(lo uint32, of []uint32, inside []uint64) (longest uint64) {
	order, _ := groupBy(of, len(inside))
	chain := make([]uint64, len(inside)) // from the component on
	for c, members := 0, order; c < len(chain); c++ {
		beyond := uint64(0)
		for ; len(members) > 0 && of[members[0]] == uint32(c); members = members[1:] {
			v := lo + members[0]
			for e := r.first[v]; e < r.first[v+1]; e++ {
				if h := r.head[e] - lo; h < uint32(len(of)) && of[h] != uint32(c) {
					beyond = max(beyond, uint64(r.base[e])+chain[of[h]])
				}
			}
		}
		chain[c] = inside[c] + beyond
		longest = max(longest, chain[c])
	}
	return longest
}

// among are the rows of one component's nodes, numbered from 0 on, without the
// edges that lead out.
func (r rows) among(lo uint32, of []uint32, component uint32) rows {
	to := make([]uint32, len(of))
	n := uint32(0)
	for v, c := range of {
		if c == component {
			to[v] = n
			n++
		}
	}
	a := rows{first: make([]uint32, 1, n+1)}
	for v, c := range of {
		if c != component {
			continue
		}
		for e := r.first[lo+uint32(v)]; e < r.first[lo+uint32(v)+1]; e++ {
			if h := r.head[e] - lo; h < uint32(len(of)) && of[h] == component {
				a.head, a.base = append(a.head, to[h]), append(a.base, r.base[e])
			}
		}
		a.first = append(a.first, uint32(len(a.head)))
	}
	return a
}

// farthest is the distance from node 0 to the node farthest from it.
func (r rows) farthest() (far uint64) {
	const never = 1<<64 - 1
	to := make([]uint64, r.nodes())
	for v := range to {
		to[v] = never
	}
	var heap distances
	to[0] = 0
	heap.push(0, 0)
	for len(heap) > 0 {
		d, u := heap.pop()
		if d > to[u] {
			continue
		}
		far = d
		for e := r.first[u]; e < r.first[u+1]; e++ {
			if h, nd := r.head[e], d+uint64(r.base[e]); nd < to[h] {
				to[h] = nd
				heap.push(nd, h)
			}
		}
	}
	return far
}
