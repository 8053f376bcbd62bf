package world

import (
	"cmp"
	"math"
	"slices"
)

// cutter cuts a graph in two, and the halves again, until there are enough
// parts. Nodes lie in connected pieces (an area is never one piece with
// another). A cut goes between two pieces if that keeps the balance, else
// through one piece, so that both of its sides stay connected.
type cutter struct {
	g     rows     // undirected
	area  []uint32 // nil: all one area
	slack uint64   // parts of 1,024 of a half's load by which a cut may miss its aim
	part  []uint16 // the result
	set   []uint32 // which set of nodes a node is in at the moment
	sets  uint32
	near  []uint64 // distances from one end of a piece
	far   []uint64 // distances from the other
	heap  distances
	parts int // how many there are to be
	watch Watch
}

// cut gives every node a part of 0 to parts-1, about equal in edges. Riders are
// dealt out, for they would make no part of their own.
func cut(g rows, rider []bool, area []uint32, parts int, watch Watch) ([]uint16, error) {
	n := g.nodes()
	c := &cutter{g: g, area: area, part: make([]uint16, n), parts: parts, watch: watch}
	if parts == 1 {
		return c.part, nil
	}
	levels := uint64(1)
	for 1<<levels < parts {
		levels++
	}
	c.slack = 100 / levels // about a tenth over all levels
	c.set, c.near, c.far = make([]uint32, n), make([]uint64, n), make([]uint64, n)
	var all, riders []uint32
	for v := range uint32(n) {
		if rider != nil && rider[v] {
			riders = append(riders, v)
		} else {
			all = append(all, v)
		}
	}
	if most := len(all) / MinMain; parts > most {
		return nil, Refuse("%d partitions of %d connected nodes: at most %d fit", parts, len(all), most)
	}
	for i, v := range riders {
		c.part[v] = uint16(i * parts / len(riders))
	}
	return c.part, c.split(all, 0, parts)
}

// riders are the nodes of pieces where nobody could move and come back: single
// cells between walls, and ways that end. nil: there are none. u is r both ways.
func riders(r, u rows) (rider []bool) {
	n := uint32(r.nodes())
	of, sizes := components(r, 0, n)
	piece, pieces := components(u, 0, n)
	lively := make([]bool, len(pieces))
	for v := range n {
		lively[piece[v]] = lively[piece[v]] || sizes[of[v]] >= MinMain
	}
	for v := range n {
		if !lively[piece[v]] {
			if rider == nil {
				rider = make([]bool, n)
			}
			rider[v] = true
		}
	}
	return rider
}

// split gives nodes, ascending and no fewer than parts, the parts from first on.
func (c *cutter) split(nodes []uint32, first, parts int) error {
	if err := c.watch.tell("cutting", first, c.parts); err != nil || parts == 1 {
		for _, v := range nodes {
			c.part[v] = uint16(first)
		}
		return err
	}
	left, right := c.halve(nodes, parts)
	slices.Sort(left)
	slices.Sort(right)
	a, b := c.loads(left), c.loads(right)
	half := int((2*a*uint64(parts) + a + b) / (2 * (a + b))) // rounded: a bad cut shifts parts, not load
	half = min(max(half, 1, parts-len(right)), parts-1, len(left))
	if err := c.split(left, first, half); err != nil {
		return err
	}
	return c.split(right, first+half, parts-half)
}

// halve cuts nodes so that the left half is good for parts/2 of the parts.
func (c *cutter) halve(nodes []uint32, parts int) (left, right []uint32) {
	line, ends := c.pieces(nodes)
	total := c.loads(line)
	goal := aim{load: total * uint64(parts/2) / uint64(parts)}
	goal.slack = total * c.slack / 1024

	best := choice{cost: math.MaxInt}
	start, before := 0, uint64(0) // the piece that the aim lies in, and the load before it
	load := uint64(0)
	for i, end := range ends[:len(ends)-1] {
		load += c.loads(line[endBefore(ends, i):end])
		best = goal.better(best, choice{at: end, load: load})
		if load <= goal.load {
			start, before = end, load
		}
	}
	if best.at > 0 && goal.miss(best.load) <= goal.slack {
		return line[:best.at], line[best.at:]
	}
	index, _ := slices.BinarySearch(ends, start+1)
	if piece := line[start:ends[index]]; len(piece) > 1 {
		at := c.cutPiece(piece, aim{goal.load - before, goal.slack})
		return line[:start+at], line[start+at:]
	}
	return line[:best.at], line[best.at:]
}

func endBefore(ends []int, i int) int {
	if i == 0 {
		return 0
	}
	return ends[i-1]
}

// aim is the load that the left side of a cut should have.
type aim struct{ load, slack uint64 }

// choice is a place to cut at: nodes to the left, their load, edges cut.
type choice struct {
	at   int
	load uint64
	cost int
}

func (a aim) miss(load uint64) uint64 { return max(load, a.load) - min(load, a.load) }

// better takes the cheaper of two choices near enough to the aim, else the nearer one.
func (a aim) better(x, y choice) choice {
	mx, my := a.miss(x.load), a.miss(y.load)
	switch {
	case x.at == 0:
		return y
	case mx <= a.slack && my <= a.slack && x.cost != y.cost:
		if y.cost < x.cost {
			return y
		}
	case my < mx:
		return y
	}
	return x
}

// pieces orders nodes piece by piece and returns where each piece ends.
func (c *cutter) pieces(nodes []uint32) (line []uint32, ends []int) {
	within := c.mark(nodes)
	line = make([]uint32, 0, len(nodes))
	for _, v := range nodes {
		if c.set[v] == within {
			line = c.flood(line, v)
			ends = append(ends, len(line))
		}
	}
	return line, ends
}

// mark makes nodes the current set and returns its number.
func (c *cutter) mark(nodes []uint32) uint32 {
	c.sets++
	for _, v := range nodes {
		c.set[v] = c.sets
	}
	return c.sets
}

// flood takes v's piece out of its set and appends it to line.
func (c *cutter) flood(line []uint32, v uint32) []uint32 {
	within, next := c.set[v], len(line)
	line = append(line, v)
	c.set[v] = 0
	for ; next < len(line); next++ {
		u := line[next]
		for _, h := range c.g.head[c.g.first[u]:c.g.first[u+1]] {
			if c.set[h] == within && c.together(u, h) {
				c.set[h] = 0
				line = append(line, h)
			}
		}
	}
	return line
}

func (c *cutter) together(u, v uint32) bool { return c.area == nil || c.area[u] == c.area[v] }

func (c *cutter) load(v uint32) uint64 { return uint64(c.g.first[v+1]-c.g.first[v]) + 1 }

func (c *cutter) loads(nodes []uint32) (sum uint64) {
	for _, v := range nodes {
		sum += c.load(v)
	}
	return sum
}

// cutPiece orders a connected piece and returns where to cut it. Nodes are
// ordered by how much nearer they are to one far end than to the other. With a
// node comes its whole shortest way to the near end, and with one after a cut
// its way to the far end, so both sides are connected if the cut does not part
// nodes of equal rank. Such nodes lie in a line across the piece, or in a side
// arm of it; if an arm is too big for the balance, it serves as an end itself.
func (c *cutter) cutPiece(piece []uint32, goal aim) int {
	c.distances(piece, piece[0], c.near)
	a := c.farthest(piece)
	c.distances(piece, a, c.near)
	b := c.farthest(piece)
	if b < a { // to the right are higher numbers: the next area's side
		a, b = b, a
	}
	var best choice
	var order []uint32
	for _, from := range [...]uint32{a, a, b} {
		c.distances(piece, from, c.near)
		c.distances(piece, b, c.far)
		c.rank(piece)
		found, arm := c.sweep(piece, goal)
		if chosen := goal.better(best, found); chosen != best {
			best, order = chosen, slices.Clone(piece)
		}
		if goal.miss(best.load) <= goal.slack || len(arm) < 2 {
			break
		}
		b = arm[len(arm)-1] // its deepest node
	}
	copy(piece, order)
	return best.at
}

func (c *cutter) farthest(piece []uint32) uint32 {
	return slices.MaxFunc(piece, func(u, v uint32) int {
		return cmp.Or(cmp.Compare(c.near[u], c.near[v]), cmp.Compare(v, u))
	})
}

// closeness ranks a node: the lower, the nearer to the near end.
func (c *cutter) closeness(v uint32) int64 { return int64(c.near[v]) - int64(c.far[v]) }

func (c *cutter) rank(piece []uint32) {
	slices.SortFunc(piece, func(u, v uint32) int {
		return cmp.Or(cmp.Compare(c.closeness(u), c.closeness(v)), cmp.Compare(c.near[u], c.near[v]), cmp.Compare(u, v))
	})
}

// sweep finds the best place to cut a ranked piece, and the nodes of equal
// rank in which the aim lies.
func (c *cutter) sweep(piece []uint32, goal aim) (best choice, arm []uint32) {
	left := c.mark(nil)
	right := c.mark(piece)
	var now choice
	start := 0
	for i, v := range piece {
		if i > 0 && c.closeness(v) != c.closeness(piece[i-1]) {
			best = goal.better(best, now)
			if now.load <= goal.load {
				start = i
			}
		}
		c.set[v] = left
		now.at, now.load = i+1, now.load+c.load(v)
		for _, h := range c.g.head[c.g.first[v]:c.g.first[v+1]] {
			switch c.set[h] {
			case right:
				now.cost++
			case left:
				now.cost--
			}
		}
	}
	end := start
	for end < len(piece) && c.closeness(piece[end]) == c.closeness(piece[start]) {
		end++
	}
	return best, piece[start:end]
}

// distances fills to with the distances from one node of a piece to all of it.
func (c *cutter) distances(piece []uint32, from uint32, to []uint64) {
	within := c.mark(piece)
	for _, v := range piece {
		to[v] = math.MaxUint64
	}
	to[from] = 0
	c.heap.push(0, from)
	for len(c.heap) > 0 {
		d, u := c.heap.pop()
		if d > to[u] {
			continue
		}
		for e := c.g.first[u]; e < c.g.first[u+1]; e++ {
			h := c.g.head[e]
			if nd := d + uint64(c.g.base[e]); c.set[h] == within && c.together(u, h) && nd < to[h] {
				to[h] = nd
				c.heap.push(nd, h)
			}
		}
	}
}
