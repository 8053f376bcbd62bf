package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// leader is the number of the server that leads the round's stream.
func (c *cluster) leader(l *Log) int {
	c.t.Helper()
	at := -1
	eventually(c.t, func() error {
		s, err := l.j.js.Stream(brief(c.t), l.stream(1).name)
		if err != nil {
			return err
		}
		info := s.CachedInfo().Cluster
		for i, m := range c.members {
			if info != nil && m.Name == info.Leader {
				at = i
				return nil
			}
		}
		return fmt.Errorf("the stream has no leader: %+v", info)
	})
	return at
}

// whole waits until every server has all of the round's stream.
func (c *cluster) whole(l *Log) {
	c.t.Helper()
	eventually(c.t, func() error {
		s, err := l.j.js.Stream(brief(c.t), l.stream(1).name)
		if err != nil {
			return err
		}
		info := s.CachedInfo().Cluster
		if info == nil || len(info.Replicas) != members-1 {
			return fmt.Errorf("the stream's servers: %+v", info)
		}
		for _, r := range info.Replicas {
			if !r.Current || r.Offline || r.Lag > 0 {
				return fmt.Errorf("server %+v is behind", r)
			}
		}
		return nil
	})
}

// writing appends records of round 1 until the channel ends, several under way,
// and tells what is acknowledged.
type writing struct {
	acked  chan uint64 // the last one
	failed chan error
	end    context.CancelFunc
}

func write(l *Log, from uint64) *writing {
	ctx, cancel := context.WithCancel(context.Background())
	w := &writing{acked: make(chan uint64, MaxMessages), failed: make(chan error, 1), end: cancel}
	go func() {
		const window = 8
		var open []Pending
		for seq, waited := from, from; ; waited++ {
			for ; seq < waited+window && ctx.Err() == nil; seq++ {
				open = append(open, l.Start(at(1, seq), record(seq)))
			}
			if len(open) == 0 {
				w.failed <- nil
				return
			}
			patient, cancel := context.WithTimeout(context.Background(), time.Minute)
			err := open[0].Wait(patient)
			cancel()
			if err != nil {
				w.failed <- err
				return
			}
			open = open[1:]
			w.acked <- waited
			time.Sleep(5 * time.Millisecond) // an owner writes 30 a second: without a pause nobody else gets in
		}
	}()
	return w
}

// until waits for the acknowledgement of n more records.
func (w *writing) until(t *testing.T, n int) (last uint64) {
	t.Helper()
	for range n {
		select {
		case last = <-w.acked:
		case err := <-w.failed:
			t.Fatalf("after record %d: %v", last, err)
		case <-time.After(time.Minute):
			t.Fatalf("after record %d: nothing more is acknowledged", last)
		}
	}
	return last
}

// stop lets what is under way end and gives the last acknowledged record.
func (w *writing) stop(last uint64) (uint64, error) {
	w.end()
	err := <-w.failed
	for len(w.acked) > 0 {
		last = <-w.acked
	}
	return last, err
}

// I3: whichever server dies while records are under way, the appends go on by
// themselves, and every acknowledged record is there, also when it is back.
func TestClusterLosesServer(t *testing.T) {
	c := sharedCluster(t)
	for name, next := range map[string]int{"the leader": 0, "a follower": 1} {
		t.Run(name, func(t *testing.T) {
			l := c.journal(t).Partition(0)
			must(t, l.Create(soon(t), 1))
			w := write(l, 1)
			w.until(t, 50)
			victim := (c.leader(l) + next) % members
			c.kill(victim)
			w.until(t, 60)
			c.start(victim)
			w.until(t, 60)
			last, err := w.stop(0)
			must(t, err)
			whole(t, l, last)
			c.whole(l)
			whole(t, l, last)
		})
	}
}

// I4: an owner whose leader dies and whom another one replaces meanwhile is
// fenced: nothing of its stands behind the new owner's first record.
func TestClusterFencesInFailover(t *testing.T) {
	c := sharedCluster(t)
	l := c.journal(t).Partition(0)
	other := c.journal(t).Partition(0)
	must(t, l.Create(soon(t), 1))
	w := write(l, 1)
	last := w.until(t, 50)
	victim := c.leader(l)
	c.kill(victim)
	defer c.back(victim)
	taken := uint64(0)
	eventually(t, func() error {
		end, _, err := other.Last(soon(t), 1)
		if err == nil {
			err = other.Append(soon(t), at(1, end+1), []byte("the new owner's"))
			taken = end + 1
		}
		return err
	})
	must(t, other.Append(soon(t), at(1, taken+1), []byte("the new owner's second")))
	err := <-w.failed
	if !errors.Is(err, ErrFenced) {
		t.Errorf("the first owner ended with %v", err)
	}
	for len(w.acked) > 0 {
		last = <-w.acked
	}
	if last >= taken {
		t.Errorf("record %d was acknowledged, but the new owner began at %d", last, taken)
	}
	c.back(victim)
	c.whole(l)
	n := uint64(0)
	must(t, other.Read(soon(t), 1, 1, func(seq uint64, data []byte) error {
		if n = seq; seq < taken && string(data) != string(record(seq)) || seq >= taken && string(data[:7]) != "the new" {
			t.Errorf("record %d is %.20q, the new owner began at %d", seq, data, taken)
		}
		return nil
	}))
	if n != taken+1 {
		t.Errorf("the stream goes to %d, not %d", n, taken+1)
	}
}

// A server whose files were cut short by a crash serves nothing shorter than
// what is acknowledged, even if it led: it takes what it lacks from the others.
func TestClusterReplicaLosesTail(t *testing.T) {
	c := sharedCluster(t)
	l := c.journal(t).Partition(0)
	fill(t, l, 1, 50)
	c.whole(l)
	victim := c.leader(l)
	c.kill(victim)
	files, err := filepath.Glob(filepath.Join(c.members[victim].Dir, "jetstream", "$G", "streams", l.stream(1).name, "msgs", "1.blk"))
	must(t, err)
	info, err := os.Stat(files[0])
	must(t, err)
	must(t, os.Truncate(files[0], info.Size()/2))
	c.start(victim)
	c.whole(l)
	for led := false; !led; {
		led = c.leader(l) == victim
		whole(t, l, 50)
		if _, err := l.j.nc.RequestWithContext(soon(t), "$JS.API.STREAM.LEADER.STEPDOWN."+l.stream(1).name, nil); err != nil {
			t.Fatal(err)
		}
	}
	must(t, l.Append(soon(t), at(1, 51), record(51)))
	whole(t, l, 51)
}
