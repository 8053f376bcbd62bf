package system

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/partition/world"
	"github.com/huntgraph/huntgraph/transport/client"
)

// wayOut is a shortest way, in steps, from a node into another partition.
func wayOut(w *world.World, from codec.NodeID) (edges []codec.EdgeID) {
	home := w.PartitionOf(from)
	by := map[codec.NodeID]codec.EdgeID{from: codec.NoEdge}
	tail := map[codec.EdgeID]codec.NodeID{}
	for queue := []codec.NodeID{from}; len(queue) > 0; queue = queue[1:] {
		n := queue[0]
		for e := w.First[n]; e < w.First[n+1]; e++ {
			head, edge := codec.NodeID(w.Head[e]), codec.EdgeID(e)
			if _, seen := by[head]; seen {
				continue
			}
			by[head], tail[edge] = edge, n
			queue = append(queue, head)
			if w.PartitionOf(head) == home {
				continue
			}
			for edge != codec.NoEdge {
				edges = append([]codec.EdgeID{edge}, edges...)
				edge = by[tail[edge]]
			}
			return edges
		}
	}
	return nil
}

// TestPlayersCross: through gateway, actors and journal a session follows its
// player over borders without a new login, a new session finds it abroad, and
// the sequence goes on (I6, I7).
func TestPlayersCross(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	d, err := StartDev(ctx, DevConfig{
		Dir: t.TempDir(), HTTP: "127.0.0.1:0", Gateway: "127.0.0.1:0", Node: "127.0.0.1:0", BotRate: 1,
		Plan: Plan{Hunt: "demo/main", Edges: 12000, Seed: 1, Partitions: 3, RoundTicks: codec.MaxRoundTicks},
		Log:  slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	const players, crossings = 3, 3
	var group sync.WaitGroup
	for id := codec.PlayerID(1); id <= players; id++ {
		group.Go(func() {
			if err := cross(ctx, t, d, id, crossings); err != nil {
				t.Errorf("player %d: %v", id, err)
			}
		})
	}
	group.Wait()
	s, err := d.Stop()
	if err != nil {
		t.Fatal(err)
	}
	if s.HandOffs < players*crossings || s.Players != players || s.DuplicateGrants != 0 {
		t.Errorf("%+v: want %d hand-offs, %d players, no duplicates", s, players*crossings, players)
	}
}

// cross walks a player over borders, each time with a new session half way.
func cross(ctx context.Context, t *testing.T, d *Dev, id codec.PlayerID, crossings int) error {
	enter := func() (*client.Session, *huntpb.Joined, error) {
		o, err := d.edge.Client(id, "walker")
		if err != nil {
			return nil, nil, err
		}
		s, err := client.Dial(ctx, o)
		if err != nil {
			return nil, nil, err
		}
		j, err := s.Join(ctx, "walker")
		return s, j, err
	}
	s, j, err := enter()
	if err != nil {
		return err
	}
	node, made := codec.NodeID(j.Node), uint32(0)
	for range crossings {
		way := wayOut(d.folder.World, node)
		if len(way) == 0 {
			t.Errorf("no way out from node %d", node)
			return nil
		}
		for len(way) > 0 {
			r, err := s.Move(ctx, way[0])
			if err != nil {
				return err
			}
			switch r.Code {
			case huntpb.Code_CODE_OK:
				made++
				node, way = codec.NodeID(r.Node), way[1:]
				if r.Seq != made || r.LastSeq != made {
					t.Errorf("player %d: move %d has sequence %d", id, made, r.Seq)
				}
			case huntpb.Code_CODE_TOO_FAST, huntpb.Code_CODE_NOT_NOW:
				time.Sleep(20 * time.Millisecond) // the pace of moves, nothing waits for it
			default:
				t.Errorf("player %d at node %d, edge %d: %v", id, node, way[0], r.Code)
				return nil
			}
		}
		if err := s.Close(); err != nil {
			t.Log(err)
		}
		if s, j, err = enter(); err != nil {
			return err
		}
		if j.Code != huntpb.Code_CODE_OK || j.LastSeq != made || codec.NodeID(j.Node) != node {
			t.Errorf("player %d after move %d to node %d: a new session is told %v", id, made, node, j)
		}
	}
	return s.Close()
}
