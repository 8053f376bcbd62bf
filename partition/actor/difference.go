package actor

import (
	"context"
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// Difference is what differs between two branches of a partition. Edges are
// counted all, and listed up to a limit, in their order.
type Difference struct {
	EdgeCount int
	Edges     []EdgeDifference
	Players   []PlayerDifference
	Treasures []TreasureDifference
}

// EdgeDifference is an edge once and now.
type EdgeDifference struct {
	Edge      codec.EdgeID
	Was, Then partition.EdgeState
}

// PlayerDifference is a player; of one that is on one branch only the other row is nil.
type PlayerDifference struct {
	ID        codec.PlayerID
	Was, Then *partition.PlayerState
}

// TreasureDifference is a treasure of the present round, or, if the rounds
// differ, of either: nil where there is none.
type TreasureDifference struct {
	ID        codec.TreasureID
	Was, Then *partition.TreasureState
}

// branch is a copy of the small tables of one.
type branch struct {
	players   []partition.PlayerState
	treasures []partition.TreasureState
}

// Diff compares a fork with the state right after a boundary, or, if with names
// one, with that fork. The actor's goroutine lists edges and copies small tables;
// what is costly is done here.
func (a *Actor) Diff(ctx context.Context, name, with string, at codec.Cut, limit int) (d Difference, err error) {
	var was, then branch
	err = a.after(ctx, at, func() error {
		f, g := a.forks[name], (*partition.Fork)(nil)
		if f == nil {
			return fmt.Errorf("partition %d, fork %s: %w", a.cfg.Partition, name, ErrNoFork)
		}
		if with != "" {
			if g = a.forks[with]; g == nil {
				return fmt.Errorf("partition %d, fork %s: %w", a.cfg.Partition, with, ErrNoFork)
			}
		}
		a.diffEdges(&d, f, g, limit)
		was, then = a.copyBranch(f), a.copyBranch(g)
		return nil
	})
	if err == nil {
		d.Players = differ(was.players, then.players, playerID, pairPlayers)
		d.Treasures = differ(was.treasures, then.treasures, func(t *partition.TreasureState) codec.TreasureID { return t.ID },
			func(id codec.TreasureID, was, then *partition.TreasureState) TreasureDifference {
				return TreasureDifference{id, was, then}
			})
	}
	return d, err
}

func playerID(p *partition.PlayerState) codec.PlayerID { return p.ID }

func pairPlayers(id codec.PlayerID, was, then *partition.PlayerState) PlayerDifference {
	return PlayerDifference{id, was, then}
}

func (a *Actor) copyBranch(f *partition.Fork) (b branch) {
	a.core.EachPlayer(f, func(p partition.PlayerState) { b.players = append(b.players, p) })
	a.core.EachTreasure(f, func(t partition.TreasureState) { b.treasures = append(b.treasures, t) })
	return b
}

// diffEdges lists the edges that differ between a fork and another one, nil: the
// present. What differs between two forks differs from the present in one of them.
func (a *Actor) diffEdges(d *Difference, f, g *partition.Fork, limit int) {
	a.eachChanged(f, func(e codec.EdgeID) {
		d.edge(e, a.core.Edge(f, e), a.core.Edge(g, e), limit)
	})
	if g == nil {
		return
	}
	a.eachChanged(g, func(e codec.EdgeID) {
		if was := a.core.Edge(f, e); was == a.core.Edge(nil, e) { // else the fork's own pass had it
			d.edge(e, was, a.core.Edge(g, e), limit)
		}
	})
}

// eachChanged calls fn with every edge that may differ from a fork.
func (a *Actor) eachChanged(f *partition.Fork, fn func(codec.EdgeID)) {
	var page [diffPage]codec.EdgeID
	for from := uint32(0); ; {
		n, next := a.core.DiffEdges(f, from, page[:])
		for _, e := range page[:n] {
			fn(e)
		}
		if next == 0 {
			return
		}
		from = next
	}
}

func (d *Difference) edge(e codec.EdgeID, was, then partition.EdgeState, limit int) {
	if was == then {
		return
	}
	d.EdgeCount++
	if len(d.Edges) < limit {
		d.Edges = append(d.Edges, EdgeDifference{e, was, then})
	}
}

// differ pairs the rows of two lists by id: first all that were, then those that
// came, both in the order of their list.
func differ[T comparable, I comparable, D any](was, then []T, id func(*T) I, pair func(I, *T, *T) D) (list []D) {
	now := make(map[I]*T, len(then))
	for i := range then {
		now[id(&then[i])] = &then[i]
	}
	for i := range was {
		key := id(&was[i])
		other := now[key]
		delete(now, key)
		if other == nil || *other != was[i] {
			list = append(list, pair(key, &was[i], other))
		}
	}
	for i := range then {
		if key := id(&then[i]); now[key] != nil {
			list = append(list, pair(key, nil, &then[i]))
		}
	}
	return list
}
