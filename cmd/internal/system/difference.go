package system

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/actor"
)

// Difference is what differs between a fork of a hunt and its present, or another
// fork. Edges are all counted and listed up to MaxDiffListed a partition.
type Difference struct {
	Fork      string `json:"fork"`
	Cut       string `json:"cut"`            // of the fork
	With      string `json:"with,omitempty"` // the other fork
	Then      string `json:"then"`           // its cut, or the tick of the present that was compared
	Edges     int    `json:"edges"`
	Players   int    `json:"players"`
	Treasures int    `json:"treasures"`

	ChangedEdges     []EdgeRow     `json:"changed_edges"`
	ChangedPlayers   []PlayerRow   `json:"changed_players"`
	ChangedTreasures []TreasureRow `json:"changed_treasures"`
}

// EdgeRow is an edge that differs; a weight of 4294967295 is a closed edge's.
type EdgeRow struct {
	Edge      codec.EdgeID `json:"edge"`
	WasLoad   uint8        `json:"was_load"`
	Load      uint8        `json:"load"`
	WasWeight codec.Weight `json:"was_weight"`
	Weight    codec.Weight `json:"weight"`
}

// PlayerRow is a player that differs: where it was and is. It is nowhere if it had
// not joined, has left, or was on its way from one partition into another.
type PlayerRow struct {
	Player  codec.PlayerID `json:"player"`
	Name    string         `json:"name"`
	WasNode *codec.NodeID  `json:"was_node,omitempty"`
	Node    *codec.NodeID  `json:"node,omitempty"`
	WasSeq  codec.MoveSeq  `json:"was_seq"`
	Seq     codec.MoveSeq  `json:"seq"`
}

// TreasureRow is a treasure that differs: claimed, or of another round.
type TreasureRow struct {
	Treasure  codec.TreasureID `json:"treasure"`
	WasNode   *codec.NodeID    `json:"was_node,omitempty"`
	Node      *codec.NodeID    `json:"node,omitempty"`
	WasHolder *codec.PlayerID  `json:"was_holder,omitempty"`
	Holder    *codec.PlayerID  `json:"holder,omitempty"`
}

// Diff compares a fork with the present, or with another fork.
func (b *Branches) Diff(ctx context.Context, name, with string) (d Difference, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	forks, err := control.Forks(ctx, b.etcd(), b.hunt())
	if err != nil {
		return d, err
	}
	d.Fork, d.With = name, with
	for _, n := range []string{name, with} {
		if n == "" {
			continue
		}
		f := find(forks, n)
		if f == nil {
			return d, fmt.Errorf("fork %s: %w", n, errNoFork)
		}
		if err := b.fetch(ctx, f); err != nil {
			return d, err
		}
	}
	var parts []actor.Difference
	then, err := b.together(ctx, func(ctx context.Context, p *owned, i int, at codec.Cut) (err error) {
		parts[i], err = p.Diff(ctx, name, with, at, MaxDiffListed)
		return err
	}, func(n int) error {
		parts = make([]actor.Difference, n)
		return nil
	})
	if err != nil {
		return d, err
	}
	if with != "" {
		then = find(forks, with).Cut
	}
	d.Cut, d.Then = find(forks, name).Cut.String(), then.String()
	d.fill(parts)
	return d, nil
}

// fill puts the partitions' differences together. A player that walked from one
// into another is one that has moved.
func (d *Difference) fill(parts []actor.Difference) {
	d.ChangedEdges, d.ChangedTreasures = []EdgeRow{}, []TreasureRow{}
	players := map[codec.PlayerID]actor.PlayerDifference{}
	for i := range parts {
		d.Edges += parts[i].EdgeCount
		for _, e := range parts[i].Edges {
			d.ChangedEdges = append(d.ChangedEdges, EdgeRow{e.Edge, e.Was.Load, e.Then.Load, e.Was.Live, e.Then.Live})
		}
		for _, p := range parts[i].Players {
			both := players[p.ID]
			both.ID, both.Was, both.Then = p.ID, cmp.Or(p.Was, both.Was), cmp.Or(p.Then, both.Then)
			players[p.ID] = both
		}
		for _, t := range parts[i].Treasures {
			d.ChangedTreasures = append(d.ChangedTreasures, treasureRow(t))
		}
	}
	d.ChangedPlayers = []PlayerRow{}
	for _, id := range slices.Sorted(maps.Keys(players)) {
		d.ChangedPlayers = append(d.ChangedPlayers, playerRow(players[id]))
	}
	d.Players, d.Treasures = len(d.ChangedPlayers), len(d.ChangedTreasures)
}

func playerRow(p actor.PlayerDifference) PlayerRow {
	r := PlayerRow{Player: p.ID}
	if p.Was != nil {
		r.Name, r.WasNode, r.WasSeq = p.Was.Name.String(), &p.Was.Node, p.Was.Seq
	}
	if p.Then != nil {
		r.Name, r.Node, r.Seq = p.Then.Name.String(), &p.Then.Node, p.Then.Seq
	}
	return r
}

func treasureRow(t actor.TreasureDifference) TreasureRow {
	r := TreasureRow{Treasure: t.ID}
	show := func(s *partition.TreasureState) (node *codec.NodeID, holder *codec.PlayerID) {
		if s == nil {
			return nil, nil
		}
		if s.Claimed {
			holder = &s.Player
		}
		return &s.Node, holder
	}
	r.WasNode, r.WasHolder = show(t.Was)
	r.Node, r.Holder = show(t.Then)
	return r
}
