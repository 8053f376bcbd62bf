package partition

import (
	"slices"

	"github.com/huntgraph/huntgraph/codec"
)

// abroad is a sorted list of the players whose home this is and who are
// somewhere else: they must not spawn again.

// isAbroad reports whether the player is in another partition, or on its way.
func (c *Core) isAbroad(id codec.PlayerID) bool {
	_, found := slices.BinarySearch(c.abroad, id)
	return found
}

// goAbroad adds a player; there is room, and it is not there.
func (c *Core) goAbroad(id codec.PlayerID) {
	i, _ := slices.BinarySearch(c.abroad, id)
	c.abroad = c.abroad[:len(c.abroad)+1]
	copy(c.abroad[i+1:], c.abroad[i:])
	c.abroad[i] = id
	c.sum += mix(keyAbroad, uint64(id))
}

// comeHome takes a player off the list, if it is there.
func (c *Core) comeHome(id codec.PlayerID) {
	i, found := slices.BinarySearch(c.abroad, id)
	if !found {
		return
	}
	c.abroad = append(c.abroad[:i], c.abroad[i+1:]...)
	c.sum -= mix(keyAbroad, uint64(id))
}
