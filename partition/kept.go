package partition

import "github.com/huntgraph/huntgraph/codec"

// kept are next edges that hints of the cut before still take although the
// overlay has changed since: an open-addressed table by goal and node.
type kept struct {
	key  []uint32 // keptKey, or 0
	edge []uint16 // the edge taken, counted from the node's first
	used int
}

func keptKey(goal codec.GoalID, node uint32) uint32 { return node<<5 + uint32(goal) + 1 }

// slot is where the key is, or where it would be.
func (k *kept) slot(key uint32) uint32 {
	mask := uint32(len(k.key) - 1)
	i := uint32(finish(uint64(key))) & mask
	for k.key[i] != 0 && k.key[i] != key {
		i = (i + 1) & mask
	}
	return i
}

// at is the edge kept for a goal and node.
func (k *kept) at(goal codec.GoalID, node uint32) (edge uint32, ok bool) {
	if k.used == 0 {
		return 0, false
	}
	i := k.slot(keptKey(goal, node))
	return uint32(k.edge[i]), k.key[i] != 0
}

// add keeps an edge; false: there is no room.
func (k *kept) add(goal codec.GoalID, node, edge uint32) bool {
	i := k.slot(keptKey(goal, node))
	if k.key[i] != 0 {
		return true
	}
	if k.used == maxKept {
		return false
	}
	k.key[i], k.edge[i] = keptKey(goal, node), uint16(edge)
	k.used++
	return true
}

func (k *kept) clear() {
	if k.used > 0 {
		clear(k.key)
		k.used = 0
	}
}
