package world

import (
	"fmt"

	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// breach is a broken rule at an element of a section.
type breach struct {
	kind    uint32
	element int
	reason  string
}

// Is marks the error as one of ErrInput: a graph is built that breaks the rule.
func (b *breach) Is(target error) bool { return target == ErrInput }

func (b *breach) section() string { return sectionNames[b.kind] }

// offset is where the element lies in its section, in bytes.
func (b *breach) offset() int64 { return int64(b.element) * int64(elementSize(b.kind)) }

func (b *breach) Error() string {
	return fmt.Sprintf("%s, entry %d: %s", b.section(), b.element, b.reason)
}

func fault(kind uint32, element int, format string, args ...any) error {
	return &breach{kind, element, fmt.Sprintf(format, args...)}
}

func elementSize(kind uint32) int {
	switch kind {
	case kindMeta:
		return 1
	case kindCut:
		return partSize
	case kindCells:
		return 8
	}
	return 4
}

// check holds a world to every rule that its readers rely on.
func (w *World) check() error {
	for _, rule := range [...]func() error{w.checkSizes, w.checkFirst, w.checkCut, w.checkEdges, w.checkRest, w.checkMain, w.checkCells} {
		if err := rule(); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) checkSizes() error {
	n, e := len(w.X), len(w.Head)
	switch {
	case n < MinMain || n > MaxNodes:
		return fault(kindX, 0, "%d nodes: there must be %d to %d", n, MinMain, uint32(MaxNodes))
	case len(w.Y) != n:
		return fault(kindY, 0, "%d entries for %d nodes", len(w.Y), n)
	case len(w.First) != n+1:
		return fault(kindFirst, 0, "%d entries for %d nodes: there must be one more than nodes", len(w.First), n)
	case e > MaxEdges:
		return fault(kindHead, 0, "%d edges: at most %d have an id", e, uint32(MaxEdges))
	case len(w.Base) != e:
		return fault(kindBase, 0, "%d weights for %d edges", len(w.Base), e)
	case len(w.Cut) < 1 || len(w.Cut) > MaxPartitions:
		return fault(kindCut, 0, "%d partitions: there must be 1 to %d", len(w.Cut), MaxPartitions)
	}
	return nil
}

func (w *World) checkFirst() error {
	n := len(w.X)
	if w.First[0] != 0 {
		return fault(kindFirst, 0, "node 0's edges start at %d, expected 0", w.First[0])
	}
	for v := range n {
		if w.First[v+1] < w.First[v] {
			return fault(kindFirst, v+1, "node %d's edges start at %d and end at %d", v, w.First[v], w.First[v+1])
		}
		if degree := w.First[v+1] - w.First[v]; degree > partition.MaxDegree {
			return fault(kindFirst, v+1, "node %d has %d edges: it must be at most %d", v, degree, partition.MaxDegree)
		}
	}
	if int(w.First[n]) != len(w.Head) {
		return fault(kindFirst, n, "the last node's edges end at %d of %d", w.First[n], len(w.Head))
	}
	return nil
}

func (w *World) checkCut() error {
	node, n := uint64(0), uint64(len(w.X))
	for p, c := range w.Cut {
		end := node + uint64(c.Nodes)
		switch {
		case uint64(c.FirstNode) != node:
			return fault(kindCut, p, "partition %d starts at node %d, expected %d", p, c.FirstNode, node)
		case end > n:
			return fault(kindCut, p, "partition %d ends at node %d of %d", p, end, n)
		case c.Main < MinMain || c.Main > c.Nodes:
			return fault(kindCut, p, "partition %d has a main part of %d nodes: it must be %d to %d", p, c.Main, MinMain, c.Nodes)
		case uint32(c.FirstEdge) != w.First[node] || c.Edges != w.First[end]-w.First[node]:
			return fault(kindCut, p, "partition %d has %d edges from %d, but its nodes %d from %d", p, c.Edges, c.FirstEdge, w.First[end]-w.First[node], w.First[node])
		}
		node = end
	}
	if node != n {
		return fault(kindCut, len(w.Cut)-1, "the partitions cover %d of %d nodes", node, n)
	}
	return nil
}

func (w *World) checkEdges() error {
	n := uint32(len(w.X))
	for _, c := range w.Cut {
		for v := uint32(c.FirstNode); v < uint32(c.FirstNode)+c.Nodes; v++ {
			for e := w.First[v]; e < w.First[v+1]; e++ {
				head, base := w.Head[e], w.Base[e]
				switch {
				case head >= n:
					return fault(kindHead, int(e), "edge %d leads to node %d of %d", e, head, n)
				case head == v:
					return fault(kindHead, int(e), "edge %d leads from node %d to itself", e, v)
				case e > w.First[v] && head <= w.Head[e-1]:
					return fault(kindHead, int(e), "edge %d leads to node %d, the one before it to %d: a node's heads must ascend", e, head, w.Head[e-1])
				case base == 0 || base > partition.MaxBase:
					return fault(kindBase, int(e), "edge %d, from node %d to node %d, has weight %d: it must be 1 to %d", e, v, head, base, partition.MaxBase)
				}
			}
		}
	}
	return nil
}

// checkRest holds the nodes outside of main parts to their order and number.
func (w *World) checkRest() error {
	for i, v := range w.Rest {
		if int(v) >= len(w.X) || i > 0 && v <= w.Rest[i-1] {
			return fault(kindRest, i, "node %d of %d comes after node %d: they must ascend", v, len(w.X), w.Rest[max(i-1, 0)])
		}
	}
	for p, c := range w.Cut {
		if rest := len(within(w.Rest, uint32(c.FirstNode), uint32(c.FirstNode)+c.Nodes)); uint32(rest) != c.Nodes-c.Main {
			return fault(kindCut, p, "partition %d has %d nodes, %d in its main part and %d outside it", p, c.Nodes, c.Main, rest)
		}
	}
	return nil
}

// checkMain holds each partition's main part and its ways together.
func (w *World) checkMain() error {
	r := rows{w.First, w.Head, w.Base}
	for p, c := range w.Cut {
		first := uint32(c.FirstNode)
		of, sizes := components(r, first, first+c.Nodes)
		rest := within(w.Rest, first, first+c.Nodes)
		main := uint32(pending) // the main part's component
		for v, m := range of {
			switch outside := len(rest) > 0 && rest[0] == first+uint32(v); {
			case outside:
				rest = rest[1:]
			case main == pending:
				main = m
			case main != m:
				return fault(kindCut, p, "the main part of partition %d is not strongly connected: node %d does not hang together with the first", p, first+uint32(v))
			}
		}
		if sizes[main] != c.Main {
			return fault(kindCut, p, "the main part of partition %d has %d nodes, but %d hang together with it", p, c.Main, sizes[main])
		}
		if span := r.span(first, of, sizes, main, MaxPath); span > MaxPath {
			return fault(kindBase, int(c.FirstEdge), "a path in partition %d may be %d long, at most %d keeps distances within 32 bits: use smaller weights or more partitions", p, span, MaxPath)
		}
	}
	return nil
}

// CheckWays holds the ways through the whole world to MaxPath, as Build does: over
// several partitions they may be longer than within any of them. Open leaves it
// out, for in the largest worlds it takes longer than all of a node's start.
func (w *World) CheckWays() error {
	r := rows{w.First, w.Head, w.Base}
	if len(w.Cut) == 1 || r.heaviest(0, uint32(len(w.X))) <= MaxPath {
		return nil // within a partition they are held to it already
	}
	of, sizes := components(r, 0, uint32(len(w.X)))
	if span := r.span(0, of, sizes, largest(sizes), MaxPath); span > MaxPath {
		return fault(kindBase, 0, "a way through the world may be %d long, at most %d keeps distances within 32 bits: use smaller weights", span, MaxPath)
	}
	return nil
}

// checkCells holds the cells to their order, and a partition that has any to
// begin with one.
func (w *World) checkCells() error {
	part := -1 // of the cell before
	for k := range len(w.Nest) / 2 {
		first, level := w.Nest[2*k], w.Nest[2*k+1]
		switch {
		case level < 1 || level > overlay.MaxLevels:
			return fault(kindCells, k, "a cell of level %d: it must be 1 to %d", level, overlay.MaxLevels)
		case int(first) >= len(w.X) || k > 0 && first <= w.Nest[2*k-2]:
			return fault(kindCells, k, "a cell begins at node %d of %d, the one before it at %d", first, len(w.X), w.Nest[max(2*k-2, 0)])
		}
		was := part
		for part+1 < len(w.Cut) && first >= uint32(w.Cut[part+1].FirstNode) {
			part++
		}
		if part != was && first != uint32(w.Cut[part].FirstNode) {
			return fault(kindCells, k, "partition %d begins at node %d, its first cell at %d", part, w.Cut[part].FirstNode, first)
		}
	}
	return nil
}
