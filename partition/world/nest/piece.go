package nest

// piece is the graph of some of the nodes, numbered anew from 0.
type piece struct {
	first, head []uint32
	id          []uint32 // what the whole graph calls them
}

// parts cuts the piece in two.
func (p *piece) parts(left []bool) (a, b piece) {
	to := make([]uint32, len(p.id))
	na, nb := uint32(0), uint32(0)
	for v, l := range left {
		if l {
			to[v] = na
			na++
		} else {
			to[v] = nb
			nb++
		}
	}
	return p.part(left, true, to, na), p.part(left, false, to, nb)
}

// part is one side of a cut.
func (p *piece) part(left []bool, side bool, to []uint32, n uint32) piece {
	q := piece{first: make([]uint32, 1, n+1), id: make([]uint32, 0, n)}
	count := 0
	for v, l := range left {
		if l == side {
			count += int(p.first[v+1] - p.first[v])
		}
	}
	q.head = make([]uint32, 0, count)
	for v, l := range left {
		if l != side {
			continue
		}
		q.id = append(q.id, p.id[v])
		for _, h := range p.head[p.first[v]:p.first[v+1]] {
			if left[h] == side {
				q.head = append(q.head, to[h])
			}
		}
		q.first = append(q.first, uint32(len(q.head)))
	}
	return q
}

// turned returns the index of every edge's other direction. Rows ascend, so
// the edges that lead to a node come by in the order of its row.
func (p *piece) turned() []uint32 {
	next := make([]uint32, len(p.id))
	copy(next, p.first)
	turned := make([]uint32, len(p.head))
	for e, h := range p.head {
		turned[e] = next[h]
		next[h]++
	}
	return turned
}

// flood numbers the nodes by their steps from the start, in line's order, and
// returns line with them appended. Nodes that have a number are not entered.
func (p *piece) flood(start uint32, steps []int32, line []uint32) []uint32 {
	next := len(line)
	steps[start] = 0
	line = append(line, start)
	for ; next < len(line); next++ {
		v := line[next]
		for _, h := range p.head[p.first[v]:p.first[v+1]] {
			if steps[h] < 0 {
				steps[h] = steps[v] + 1
				line = append(line, h)
			}
		}
	}
	return line
}
