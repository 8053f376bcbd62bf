package plan

import (
	"cmp"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
)

// Member is a living node. Its capacity, in partitions, does not change within
// an incarnation.
type Member struct {
	Name        string
	Capacity    int
	Incarnation uint64
}

// Hunt is a declared hunt with its partitions numbered from 0.
type Hunt struct {
	Name       string
	Partitions int
}

// Place is one partition of a hunt.
type Place struct {
	Hunt      string
	Partition codec.PartitionID
}

// Compare orders places by hunt, then by partition.
func (p Place) Compare(o Place) int {
	return cmp.Or(cmp.Compare(p.Hunt, o.Hunt), cmp.Compare(p.Partition, o.Partition))
}

// Owner is the incarnation of a node that a place is assigned to.
type Owner struct {
	Node        string
	Incarnation uint64
}

// Assignment is one assignment to write.
type Assignment struct {
	Place Place
	Owner Owner
}

// Plan returns the assignments to write, in the order of their places, and the
// places that no living node has room for. Assignments that are well as they
// stand are in neither. Member names and hunt names must be unique.
func Plan(members []Member, hunts []Hunt, current map[Place]Owner) (write []Assignment, unplaced []Place) {
	b := newBoard(members)
	orphans := b.keep(places(hunts), current)
	for _, p := range orphans {
		if !b.give(p) {
			unplaced = append(unplaced, p)
		}
	}
	for b.shift() {
	}
	for _, n := range b.nodes {
		owner := Owner{n.Name, n.Incarnation}
		for _, p := range n.places {
			if current[p] != owner {
				write = append(write, Assignment{p, owner})
			}
		}
	}
	slices.SortFunc(write, func(a, b Assignment) int { return a.Place.Compare(b.Place) })
	return write, unplaced
}

func places(hunts []Hunt) (all []Place) {
	for _, h := range hunts {
		for p := range h.Partitions {
			all = append(all, Place{h.Name, codec.PartitionID(p)})
		}
	}
	slices.SortFunc(all, Place.Compare)
	return all
}

// node is a member with what it holds in the plan.
type node struct {
	Member
	places []Place
}

// fuller compares (n's load + more) / capacity with m's load / capacity.
func (n *node) fuller(more int, m *node, mMore int) int {
	return cmp.Compare((len(n.places)+more)*m.Capacity, (len(m.places)+mMore)*n.Capacity)
}

// board is the plan in the making; its nodes are sorted by name and have room
// for at least one place each.
type board struct{ nodes []*node }

func newBoard(members []Member) *board {
	b := &board{}
	for _, m := range members {
		if m.Capacity > 0 {
			b.nodes = append(b.nodes, &node{Member: m})
		}
	}
	slices.SortFunc(b.nodes, func(a, b *node) int { return cmp.Compare(a.Name, b.Name) })
	return b
}

// keep leaves every place with its node, up to the node's capacity, and returns the rest.
func (b *board) keep(all []Place, current map[Place]Owner) (orphans []Place) {
	byName := make(map[string]*node, len(b.nodes))
	for _, n := range b.nodes {
		byName[n.Name] = n
	}
	for _, p := range all {
		n := byName[current[p].Node]
		if n == nil || len(n.places) >= n.Capacity {
			orphans = append(orphans, p)
			continue
		}
		n.places = append(n.places, p)
	}
	return orphans
}

// emptiest is the node with room that is least full after one more place.
func (b *board) emptiest() (best *node) {
	for _, n := range b.nodes {
		if len(n.places) < n.Capacity && (best == nil || n.fuller(1, best, 1) < 0) {
			best = n
		}
	}
	return best
}

func (b *board) give(p Place) bool {
	n := b.emptiest()
	if n == nil {
		return false
	}
	n.places = append(n.places, p)
	return true
}

// shift moves one place from the fullest node to the emptiest if that leaves
// the receiver less full than the giver was.
func (b *board) shift() bool {
	to := b.emptiest()
	if to == nil {
		return false
	}
	from := b.nodes[0]
	for _, n := range b.nodes[1:] {
		if n.fuller(0, from, 0) > 0 {
			from = n
		}
	}
	if to.fuller(1, from, 0) >= 0 {
		return false
	}
	last := len(from.places) - 1
	to.places = append(to.places, from.places[last])
	from.places = from.places[:last]
	return true
}
