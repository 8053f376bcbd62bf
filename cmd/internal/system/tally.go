package system

import (
	"context"
	"sync"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/control/rounds"
)

// tally stands between the actors and the round keeper and counts grants: those
// that partitions release, live or again after a restart, and the receipts of
// clients in this process. A treasure that two players got is a duplicate (I2),
// and so is a receipt of what no partition released. A receipt may come before
// the release that it follows from: partitions tell their gateways first.
type tally struct {
	keeper *rounds.Keeper

	mu         sync.Mutex
	grants     int // released live
	duplicates int
	holders    map[claim]holder
	told       map[claim]codec.PlayerID // receipts whose grant was not released yet
	newest     codec.Round
}

type claim struct {
	round    codec.Round
	treasure codec.TreasureID
}

type holder struct {
	player   codec.PlayerID
	released codec.Index // the record that released the grant
}

func newTally(k *rounds.Keeper) *tally {
	return &tally{keeper: k, holders: map[claim]holder{}, told: map[claim]codec.PlayerID{}}
}

// Release is the actors' outlet.
func (t *tally) Release(ctx context.Context, g codec.Group) error {
	t.count(g)
	return t.keeper.Offer(ctx, g)
}

func (t *tally) count(g codec.Group) {
	eachGrant(g, func(grant codec.Grant) {
		t.granted(claim{grant.Round, grant.Treasure}, holder{grant.Player, g.Durable.Index}, !g.Replayed)
	})
}

// eachGrant calls fn with the grants of a group. What cannot be read is left to
// the keeper, which reads the same frames and says what is wrong.
func eachGrant(g codec.Group, fn func(codec.Grant)) {
	for frames := g.Frames; len(frames) > 0; {
		typ, payload, rest, err := codec.Next(frames)
		if err != nil {
			return
		}
		frames = rest
		if typ != codec.TypeGrant {
			continue
		}
		if grant, err := codec.ParseGrant(payload); err == nil {
			fn(grant)
		}
	}
}

func (t *tally) granted(c claim, h holder, live bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if was, known := t.holders[c]; known && was != h {
		t.duplicates++
	}
	t.holders[c] = h
	if p, told := t.told[c]; told {
		if p != h.player {
			t.duplicates++
		}
		delete(t.told, c)
	}
	if live {
		t.grants++
	}
	if c.round > t.newest {
		t.newest = c.round
		t.forget()
	}
}

// forget lets go of the rounds before the last one: a round's late receipts come
// during the next.
func (t *tally) forget() {
	for old := range t.holders {
		if old.round+1 < t.newest {
			delete(t.holders, old)
		}
	}
	for old := range t.told {
		if old.round+1 < t.newest {
			delete(t.told, old)
			t.duplicates++
		}
	}
}

// receipt is what a client was told. The actor tells gateways first, so a
// receipt may overtake the count of its release.
func (t *tally) receipt(p codec.PlayerID, g *huntpb.Grant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := claim{codec.Round(g.Round), codec.TreasureID(g.Treasure)}
	if c.round+1 < t.newest {
		return
	}
	if was, known := t.holders[c]; known {
		if was.player != p {
			t.duplicates++
		}
		return
	}
	if was, told := t.told[c]; told && was != p {
		t.duplicates++
	}
	t.told[c] = p
}

// counts is for when the partitions have stopped: what was told and never
// released counts as a duplicate.
func (t *tally) counts() (grants, duplicates int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.grants, t.duplicates + len(t.told)
}
