package partition

import "github.com/huntgraph/huntgraph/codec"

// player is one row of the player table, in the order of joining (a leaver's
// row is taken by the last one).
type player struct {
	id      codec.PlayerID
	allowed uint64 // the clock at which the player's allowance is whole again
	active  uint64 // the clock of the last join, move or sign of its session
	hash    uint64 // this row's part of the state hash
	name    codec.Name
	node    uint32
	seq     codec.MoveSeq
	goal    codec.GoalID
	_       [3]uint8
}

// slot is where the index starts to look for an id.
func slot(id codec.PlayerID) uint32 {
	return uint32(mix(keyPlayer, uint64(id))) % playerSlots
}

// lookup is the player's row, or -1.
func (s *shard) lookup(id codec.PlayerID) int {
	for i := slot(id); s.playerAt[i] != 0; i = (i + 1) % playerSlots {
		if row := int(s.playerAt[i]) - 1; s.players[row].id == id {
			return row
		}
	}
	return -1
}

// insert appends a row; the table must have room and not have the id.
func (s *shard) insert(p player) int {
	row := len(s.players)
	s.players = append(s.players[:row], p)
	i := slot(p.id)
	for s.playerAt[i] != 0 {
		i = (i + 1) % playerSlots
	}
	s.playerAt[i] = uint16(row + 1)
	return row
}

// remove drops a row and moves the last one into its place.
func (s *shard) remove(row int) {
	s.unindex(s.players[row].id)
	last := len(s.players) - 1
	if row != last {
		moved := s.players[last]
		s.playerAt[s.slotOf(moved.id)] = uint16(row + 1)
		s.players[row] = moved
	}
	s.players[last] = player{}
	s.players = s.players[:last]
}

// slotOf is the index slot that holds the id, which must be there.
func (s *shard) slotOf(id codec.PlayerID) uint32 {
	i := slot(id)
	for s.players[s.playerAt[i]-1].id != id {
		i = (i + 1) % playerSlots
	}
	return i
}

// unindex takes the id out of the index and closes the gap (linear probing
// with backward shift, Knuth vol. 3, 6.4, algorithm R), so that no tombstones
// gather.
func (s *shard) unindex(id codec.PlayerID) {
	hole := s.slotOf(id)
	for i := (hole + 1) % playerSlots; s.playerAt[i] != 0; i = (i + 1) % playerSlots {
		home := slot(s.players[s.playerAt[i]-1].id)
		if (i-home)%playerSlots >= (i-hole)%playerSlots {
			s.playerAt[hole] = s.playerAt[i]
			hole = i
		}
	}
	s.playerAt[hole] = 0
}
