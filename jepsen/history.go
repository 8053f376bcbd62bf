package jepsen

import (
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
)

// Kind says what an Op is.
type Kind uint8

// The kinds, and the fields of Op that each one has.
const (
	Tried     Kind = iota + 1 // a move is about to be sent: Seq, and Node where it leads
	Joined                    // the player is in the hunt: Seq of its last move, Node, At
	Rejected                  // a move was not applied: Seq of its last move, Node, At
	Replied                   // the move Seq was applied: Node, At
	Durable                   // moves up to Seq, and all answers up to At, are durable
	Received                  // a grant to this player: Grant
	Announced                 // a round event of a grant to anybody: Grant, Event, Score
	Ended                     // a round event: At.Round ended, Grants were given
	Killed                    // the process was killed; nothing that it said before comes after
)

// Moment is a tick of a round.
type Moment struct {
	Round codec.Round
	Tick  codec.Tick
}

// Before reports whether m comes before o.
func (m Moment) Before(o Moment) bool {
	return m.Round < o.Round || m.Round == o.Round && m.Tick < o.Tick
}

func (m Moment) String() string { return fmt.Sprintf("round %d, tick %d", m.Round, m.Tick) }

// Claim is a treasure of a round.
type Claim struct {
	Round    codec.Round
	Treasure codec.TreasureID
}

func (c Claim) String() string { return fmt.Sprintf("treasure %d of round %d", c.Treasure, c.Round) }

// Grant is a treasure given to a player.
type Grant struct {
	Claim
	Player codec.PlayerID
	Node   codec.NodeID
	Tick   codec.Tick
}

// EventID is a round event's identity.
type EventID struct {
	Partition codec.PartitionID
	Index     codec.Index
	Ordinal   uint32
}

// Op is one thing that an observer did or saw.
type Op struct {
	Kind   Kind
	Seq    codec.MoveSeq
	Node   codec.NodeID
	At     Moment
	Score  uint32
	Grant  Grant
	Event  EventID
	Grants uint32
}

// History is what one observer did and saw, in its order.
type History struct {
	Player codec.PlayerID
	Ops    []Op
}
