package rounds

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// project takes one group.
func (k *Keeper) project(ctx context.Context, o offer) error {
	for _, number := range slices.Sorted(maps.Keys(k.open)) {
		if number < o.index.Round { // a partition is in one round at a time
			if err := k.end(ctx, k.open[number], o.partition); err != nil {
				return err
			}
		}
	}
	for _, it := range o.items {
		if err := k.item(ctx, source{o.partition, place{o.index, it.ordinal}}, it); err != nil {
			return err
		}
	}
	return k.publish(ctx)
}

func (k *Keeper) item(ctx context.Context, from source, it item) error {
	number := from.index.Round
	switch {
	case it.grant != nil:
		number = it.grant.Round
	case it.event.Kind != codec.EventTreasureOpened: // whose frame names none
		number = it.event.Round
	}
	known := !from.beyond(k.marks[from.partition])
	if number <= k.finished {
		if it.grant != nil || it.event.Kind == codec.EventTreasureOpened {
			k.skipped.Add(1)
		}
		return nil
	}
	if it.grant == nil && it.event.Kind == codec.EventRoundStarted {
		return k.start(ctx, number, it.event.Seed, from)
	}
	r := k.open[number]
	if r == nil || !r.started {
		return fmt.Errorf("frame %d is of round %d, which did not start", from.ordinal, number)
	}
	switch {
	case it.grant != nil:
		return k.grant(ctx, r, it.grant, from, known)
	case it.event.Kind == codec.EventRoundEnded:
		return k.end(ctx, r, from.partition)
	case known, r.placed[it.event.Treasure]: // or it opens again, after a rollback
		k.skipped.Add(1)
		return nil
	}
	return k.append(ctx, r, from, &huntpb.RoundEvent{
		Id: from.id(from.partition),
		Body: &huntpb.RoundEvent_Placed{Placed: &huntpb.TreasurePlaced{
			Treasure: uint32(it.event.Treasure), Node: uint32(it.event.Node),
		}},
	})
}

// start opens a round with the first partition that starts it.
func (k *Keeper) start(ctx context.Context, number codec.Round, seed codec.Seed, from source) error {
	r := k.open[number]
	if r != nil && r.started {
		if r.seed != seed {
			return fmt.Errorf("it starts round %d with another seed than another partition: the commitments are %x and %x",
				number, huntpb.Commitment(seed), huntpb.Commitment(r.seed))
		}
		return nil
	}
	if r == nil {
		if err := k.stream.Create(ctx, number); err != nil {
			return fmt.Errorf("creating the events of round %d: %w", number, err)
		}
		r = newRound(number, k.cfg.Partitions)
		k.open[number] = r
	}
	commitment := huntpb.Commitment(seed)
	err := k.append(ctx, r, from, &huntpb.RoundEvent{Id: r.next(), Body: &huntpb.RoundEvent_Started{
		Started: &huntpb.TreasureRoundStarted{
			Round:         uint32(number),
			Seed:          seed[:],
			Commitment:    commitment[:],
			Ticks:         k.cfg.RoundTicks,
			Rules:         uint32(k.cfg.Rules),
			StartedUnixMs: uint64(k.cfg.Started(number).UnixMilli()),
		},
	}})
	if err == nil && number >= k.Board().Round {
		k.show(r, nil)
	}
	return err
}

// grant projects a grant. One that is known already must be the same one.
func (k *Keeper) grant(ctx context.Context, r *round, g *codec.Grant, from source, known bool) error {
	mine := given{g.Player, from}
	if known && r.grants[g.Treasure] == mine {
		k.skipped.Add(1)
		return nil
	}
	if err := r.check(g.Treasure, mine); err != nil {
		k.duplicates.Add(1)
		return err
	}
	if known {
		return fmt.Errorf("the grant of treasure %d in frame %d is not in the events of round %d, which have later ones of the partition",
			g.Treasure, from.ordinal, r.number)
	}
	err := k.append(ctx, r, from, &huntpb.RoundEvent{
		Id: from.id(from.partition),
		Body: &huntpb.RoundEvent_Granted{Granted: &huntpb.TreasureGranted{
			Treasure: uint32(g.Treasure), Player: uint64(g.Player), Node: uint32(g.Node),
			Tick: uint32(g.Tick), Score: r.scores[g.Player].Score + 1, Name: g.Name.String(), Round: uint32(g.Round),
		}},
	})
	if err == nil {
		k.grants.Add(1)
	}
	return err
}

// end notes that a partition is through with the round, and ends the round with the last one.
func (k *Keeper) end(ctx context.Context, r *round, partition codec.PartitionID) error {
	r.ended[partition] = true
	if !r.over() {
		return nil
	}
	if !r.started { // its stream was made and nothing of it ever came
		delete(k.open, r.number)
		return nil
	}
	top := r.scores.top()
	err := k.append(ctx, r, source{partition: partition}, &huntpb.RoundEvent{Id: r.next(), Body: &huntpb.RoundEvent_Ended{
		Ended: &huntpb.RoundEnded{Round: uint32(r.number), Grants: uint32(len(r.grants)), Standings: toProto(top), Seed: r.seed[:]},
	}})
	if err != nil {
		return err
	}
	if r.number >= k.Board().Round {
		k.show(r, top)
	}
	k.finished = max(k.finished, r.number)
	k.from.Store(uint32(k.finished + 1))
	delete(k.open, r.number)
	if k.cfg.Archive != nil {
		k.unarchived[r.number] = true
		k.archive(ctx)
	}
	return nil
}

// publish appends the leaderboards that are due.
func (k *Keeper) publish(ctx context.Context) error {
	now := k.cfg.Now()
	for _, number := range slices.Sorted(maps.Keys(k.open)) {
		r := k.open[number]
		top := r.due(now)
		if top == nil {
			continue
		}
		err := k.append(ctx, r, source{}, &huntpb.RoundEvent{Id: r.next(), Body: &huntpb.RoundEvent_Leaderboard{
			Leaderboard: &huntpb.LeaderboardUpdated{Standings: toProto(top)},
		}})
		if err != nil {
			return err
		}
		if number >= k.Board().Round {
			k.show(r, top)
		}
	}
	return nil
}

// next is the identity of the keeper's next own event of the round.
func (r *round) next() *huntpb.EventID {
	return &huntpb.EventID{Round: uint32(r.number), Ordinal: r.own + 1}
}

func (k *Keeper) show(r *round, top []Standing) {
	k.board.Store(&Board{Round: r.number, Grants: len(r.grants), Standings: top, Ended: r.done})
}

// append appends an event behind the round's last and takes it over.
func (k *Keeper) append(ctx context.Context, r *round, from source, ev *huntpb.RoundEvent) error {
	data, err := marshal(ev)
	if err != nil {
		return fmt.Errorf("encoding an event of round %d: %w", r.number, err)
	}
	seq, err := k.stream.Append(ctx, r.number, r.last, data)
	if err != nil {
		return fmt.Errorf("appending to the events of round %d behind %d: %w", r.number, r.last, err)
	}
	if ev.Id.Partition != nil {
		k.marks[from.partition] = from.place
	}
	k.events.Add(1)
	return r.apply(seq, ev, from)
}
