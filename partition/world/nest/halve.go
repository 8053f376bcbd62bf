package nest

import (
	"cmp"
	"math"
	"slices"
)

// seeds is the share of nodes, of 100, that become the source, and as many the
// sink: so no half is smaller. Narrow ones find smaller cuts and take longer,
// so large pieces have wide ones.
func seeds(nodes int) int {
	if nodes > 1<<13 {
		return 40
	}
	return 30
}

// halve says which nodes go to the left half.
func (c *cutter) halve(p *piece) []bool {
	f := newFlow(p)
	var best []bool
	bestCut, bestSize := 0, 1
	for _, keys := range c.keys(p) {
		line := ranked(keys)
		few := max(1, len(line)*seeds(len(line))/100)
		// a cut is better if it has fewer edges for each node of its smaller half
		limit := math.MaxInt
		if best != nil {
			limit = (bestCut*(len(line)/2) + bestSize - 1) / bestSize
		}
		cut, left, size := f.cut(line[:few], line[len(line)-few:], limit)
		if best == nil || left != nil && cut*bestSize < bestCut*size {
			best, bestCut, bestSize = slices.Clone(left), cut, size
		}
	}
	return best
}

// ranked are the nodes in the order of their keys.
func ranked(keys []int64) []uint32 {
	line := make([]uint32, len(keys))
	for v := range line {
		line[v] = uint32(v)
	}
	slices.SortFunc(line, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(keys[a], keys[b]), cmp.Compare(a, b))
	})
	return line
}

// keys are the orders to try.
func (c *cutter) keys(p *piece) [][]int64 {
	n := len(p.id)
	all := [][]int64{c.ways(p)}
	for _, dir := range [...][2]int64{{1, 0}, {0, 1}, {1, 1}, {1, -1}} {
		keys := make([]int64, n)
		for v, id := range p.id {
			keys[v] = dir[0]*int64(c.g.X[id]) + dir[1]*int64(c.g.Y[id])
		}
		all = append(all, keys)
	}
	return all
}

// ways orders nodes by how much nearer they are, in steps, to one far end of
// what hangs together than to the other; what does not, one after the other.
func (c *cutter) ways(p *piece) []int64 {
	n := len(p.id)
	keys := make([]int64, n)
	seen, near, far := unknown(n), unknown(n), unknown(n)
	var line []uint32
	offset := int64(0)
	for v := range uint32(n) {
		if seen[v] >= 0 {
			continue
		}
		line = p.flood(v, seen, line[:0])
		a := line[len(line)-1]
		line = p.flood(a, near, line[:0])
		b := line[len(line)-1]
		p.flood(b, far, line[:0])
		for _, u := range line {
			keys[u] = offset + int64(near[u]-far[u]) + int64(len(line))
		}
		offset += 2*int64(len(line)) + 1
	}
	return keys
}

func unknown(n int) []int32 {
	s := make([]int32, n)
	for i := range s {
		s[i] = -1
	}
	return s
}
