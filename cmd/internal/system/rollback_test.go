package system

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/transport/client"
)

// roam walks a player over borders until ctx ends. Wherever a rollback puts it, its
// sequence goes on without a gap (I6).
func roam(ctx context.Context, t *testing.T, d *Dev, id codec.PlayerID) {
	made := uint32(0)
	for ctx.Err() == nil {
		o, err := d.edge.Client(id, "rover")
		if err != nil {
			t.Error(err)
			return
		}
		s, err := client.Dial(ctx, o)
		if err != nil {
			return // the hunt ends
		}
		j, err := s.Join(ctx, "rover")
		if err == nil && j.Code == huntpb.Code_CODE_OK {
			if j.LastSeq != made {
				t.Errorf("player %d made %d moves and is told of %d", id, made, j.LastSeq)
			}
			made = rove(ctx, t, d, s, id, codec.NodeID(j.Node), made)
		}
		_ = s.Close() // it goes on with another
	}
}

// rove walks until the player is not where it was believed to be.
func rove(ctx context.Context, t *testing.T, d *Dev, s *client.Session, id codec.PlayerID, node codec.NodeID, made uint32) uint32 {
	for ctx.Err() == nil {
		for _, edge := range wayOut(d.folder.World, node) {
			for done := false; !done; {
				r, err := s.Move(ctx, edge)
				if err != nil {
					return made
				}
				switch r.Code {
				case huntpb.Code_CODE_OK:
					if made++; r.Seq != made || r.LastSeq != made {
						t.Errorf("player %d: move %d has sequence %d, the last is %d", id, made, r.Seq, r.LastSeq)
					}
					node, done = codec.NodeID(r.Node), true
				case huntpb.Code_CODE_TOO_FAST, huntpb.Code_CODE_NOT_NOW, huntpb.Code_CODE_AWAY:
					time.Sleep(20 * time.Millisecond) // the pace of moves, nothing waits for it
				case huntpb.Code_CODE_NO_SUCH_EDGE:
					return made
				default:
					t.Errorf("player %d at node %d: %v", id, node, r.Code)
					return made
				}
			}
		}
	}
	return made
}

// wentBack holds the states before and after a boundary at which a hunt rolled back.
func wentBack(t *testing.T, to, before, after []*partition.Core) {
	t.Helper()
	moved, back := 0, 0
	places := map[codec.PlayerID]int{}
	for p := range to {
		first := to[p].Topology().FirstEdge
		for e := first; e < first+codec.EdgeID(len(to[p].Topology().Head)); e++ {
			was, now := to[p].Edge(nil, e), after[p].Edge(nil, e)
			if was.Load != now.Load || was.Live != now.Live {
				t.Fatalf("edge %d: %+v, it was %+v", e, now, was)
			}
			if before[p].Edge(nil, e).Load != was.Load {
				back++
			}
		}
		if after[p].Deltas() < before[p].Deltas() {
			t.Errorf("partition %d: versions went from %d back to %d", p, before[p].Deltas(), after[p].Deltas())
		}
		nodes := map[codec.PlayerID]codec.NodeID{}
		to[p].EachPlayer(nil, func(s partition.PlayerState) { nodes[s.ID] = s.Node })
		rows := map[codec.PlayerID]partition.PlayerState{}
		before[p].EachPlayer(nil, func(s partition.PlayerState) { rows[s.ID] = s })
		after[p].EachPlayer(nil, func(s partition.PlayerState) {
			if places[s.ID]++; places[s.ID] > 1 {
				t.Errorf("player %d is in two partitions", s.ID)
			}
			was := rows[s.ID]
			if node, there := nodes[s.ID]; there && s.Node != node || s.Seq < was.Seq {
				t.Errorf("player %d: %+v, before the rollback %+v, it was at node %d", s.ID, s, was, node)
			}
			if s.Node != was.Node {
				moved++
			}
		})
		claimed := map[codec.TreasureID]codec.PlayerID{}
		before[p].EachTreasure(nil, func(s partition.TreasureState) {
			if s.Claimed {
				claimed[s.ID] = s.Player
			}
		})
		after[p].EachTreasure(nil, func(s partition.TreasureState) {
			if holder, was := claimed[s.ID]; was && (!s.Claimed || s.Player != holder) {
				t.Errorf("treasure %d was player %d's, and is %+v", s.ID, holder, s)
			}
		})
	}
	if moved == 0 || back == 0 {
		t.Errorf("%d players and %d loads went back: the test shows nothing", moved, back)
	}
}

// verified replays a stopped hunt from its first record on.
func verified(t *testing.T, dir string) Verification {
	t.Helper()
	folder, err := FindFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	store, err := OpenStore(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Verify(t.Context(), store)
	if err := errors.Join(err, store.Close(), folder.Close()); err != nil {
		t.Fatal(err)
	}
	return v
}

// before is the boundary before one that is not a round's first.
func before(c codec.Cut) codec.Cut { return codec.Cut{Round: c.Round, Tick: c.Tick - 1} }

// TestRollbackOfAHunt: under moves and crossings a hunt goes back to a fork of the
// present and to one of the past, everywhere at the same boundary; what was
// confirmed stays (I2, I3, I6), nobody is in two places (I7), and replays agree (I1).
func TestRollbackOfAHunt(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	d := startHunt(t, dir, 40)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var rovers sync.WaitGroup
	for id := codec.PlayerID(1); id <= 6; id++ {
		rovers.Go(func() { roam(ctx, t, d, id) })
	}
	o := NewOperator(dir)
	d.await(t, movesDurable, 150)
	now, err := o.Fork(t.Context(), ForkOrder{Name: "now"})
	if err != nil {
		t.Fatal(err)
	}
	cut, err := codec.ParseCut(now.Cut)
	if err != nil {
		t.Fatal(err)
	}
	d.await(t, movesDurable, 350)
	d.await(t, "hunt_partition_hand_offs_total", 2)
	if _, err := o.Fork(t.Context(), ForkOrder{Name: "past", At: before(cut).String()}); err != nil {
		t.Fatal(err)
	}
	cuts := map[string]codec.Cut{}
	for _, name := range []string{"now", "past"} {
		moves := d.total(movesDurable)
		r, err := o.Rollback(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		at, err := codec.ParseCut(r.At)
		if err != nil {
			t.Fatal(err)
		}
		cuts["to "+name], cuts["before "+name], cuts["after "+name] = cut, before(at), at
		cut = before(cut)
		d.await(t, movesDurable, moves+200) // players go on
	}
	cancel()
	rovers.Wait()
	s, err := d.Stop()
	if err != nil {
		t.Fatal(err)
	}
	if s.DuplicateGrants != 0 || s.MovesApplied != s.MovesDurable || s.Grants == 0 || s.HandOffs < 4 {
		t.Errorf("%+v: want grants, hand-offs and no duplicates", s)
	}
	if v := verified(t, dir); !v.Sound() || v.Moves != int(s.MovesDurable) || v.StateHash != s.StateHash {
		t.Errorf("the journal says %+v, the run %+v", v, s)
	}
	at := past(t, dir, cuts)
	for _, name := range []string{"now", "past"} {
		wentBack(t, at["to "+name], at["before "+name], at["after "+name])
	}
}

// ordered brings a hunt to where the order to roll back is written, and no
// partition was told so.
func ordered(t *testing.T, d *Dev) (list []*owned, order control.Rollback) {
	t.Helper()
	b := &Branches{node: d.node}
	if _, err := b.Fork(t.Context(), "f", codec.Cut{}); err != nil {
		t.Fatal(err)
	}
	d.await(t, movesDurable, d.total(movesDurable)+100)
	forks, err := control.Forks(t.Context(), b.etcd(), b.hunt())
	if err != nil {
		t.Fatal(err)
	}
	if list, err = b.partitions(); err != nil {
		t.Fatal(err)
	}
	order = control.Rollback{To: forks[0].Cut, States: forks[0].States}
	if order.At, err = b.hold(t.Context(), list, &forks[0]); err != nil {
		t.Fatal(err)
	}
	if err := b.write(t.Context(), list, order); err != nil {
		t.Fatal(err)
	}
	return list, order
}

// TestRollbackStopped: once the order is written every partition obeys it, whether
// the hunt ended before anybody was told, or between the first one and the others.
func TestRollbackStopped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		told int
	}{{"before all", 0}, {"between two", 1}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "data")
			d := startHunt(t, dir, 30)
			d.await(t, movesDurable, 100)
			list, order := ordered(t, d)
			for _, p := range list[:c.told] {
				if err := p.RollBack(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if _, err := d.Stop(); err != nil {
				t.Fatal(err)
			}
			d = startHunt(t, dir, 30)
			if list, err := (&Branches{node: d.node}).partitions(); err != nil {
				t.Error(err)
			} else if err := each(t.Context(), list, func(ctx context.Context, p *owned, _ int) error { return p.Passed(ctx, order.At) }); err != nil {
				t.Error(err)
			}
			d.await(t, movesDurable, 50)
			if s, err := d.Stop(); err != nil || s.DuplicateGrants != 0 {
				t.Errorf("%+v, %v", s, err)
			}
			if v := verified(t, dir); !v.Sound() {
				t.Errorf("%+v", v)
			}
			at := past(t, dir, map[string]codec.Cut{"to": order.To, "before": before(order.At), "after": order.At})
			wentBack(t, at["to"], at["before"], at["after"])
		})
	}
}

// TestRollbackSkipped: a partition that goes on as if it had not been ordered back
// is found, by name, and is not served.
func TestRollbackSkipped(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	d := startHunt(t, dir, 30)
	d.await(t, movesDurable, 100)
	list, order := ordered(t, d)
	err := errors.Join(list[0].RollBack(t.Context()), list[2].RollBack(t.Context()),
		list[1].LetGo(t.Context()), list[1].Passed(t.Context(), order.At))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	v := verified(t, dir)
	if v.Sound() || len(v.Errors) != 1 || !strings.Contains(v.Errors[0], "partition 1") || !strings.Contains(v.Errors[0], "went on") {
		t.Errorf("%+v", v)
	}
	if _, err := StartDev(t.Context(), d.cfg); !errors.Is(err, actor.ErrRollback) {
		t.Errorf("it is served again: %v", err)
	}
}
