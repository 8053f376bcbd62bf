package rounds_test

import (
	"strings"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control/rounds"
)

// TestMostEvents: a round with every treasure that there can be, each opened and
// granted in a second of its own and opened again as after a rollback, with a
// new keeper every few grants, stays below what a stream takes, and ends.
func TestMostEvents(t *testing.T) {
	if rounds.MaxEvents >= streamCap {
		t.Fatalf("%d events and more in a stream of %d", rounds.MaxEvents, streamCap)
	}
	m, c := newMemory(), &clock{}
	k := open(t, m, 1, c)
	const perKeeper = 512
	all := []codec.Group{group(0, 1, 1, started(1))}
	for i := range codec.TreasureID(codec.MaxTreasures) {
		seq := 3*uint64(i) + 2
		all = append(all, group(0, 1, seq, opened(i)), group(0, 1, seq+1, granted(1, i, codec.PlayerID(i)%20+1)),
			group(0, 1, seq+2, opened(i)))
	}
	all = append(all, group(0, 1, 1<<20, ended(1)))
	for i, g := range all {
		c.ms.Add(1000)
		if err := k.give(g); err != nil {
			t.Fatal(err)
		}
		if i%(3*perKeeper) != 0 {
			continue
		}
		if err := k.stop(); err != nil {
			t.Fatal(err)
		}
		k = open(t, m, 1, c)
		if err := k.give(all[max(0, i-40) : i+1]...); err != nil { // again, as after a restart
			t.Fatal(err)
		}
	}
	if err := k.stop(); err != nil {
		t.Fatal(err)
	}
	story, err := m.story(1)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, line := range story {
		_, body, _ := strings.Cut(line, ": ")
		kind, _, _ := strings.Cut(body, " ")
		count[kind]++
	}
	if len(story) != rounds.MaxEvents || count["placed"] != codec.MaxTreasures || count["granted"] != codec.MaxTreasures || count["ended"] != 1 {
		t.Errorf("%d events, %v; want %d", len(story), count, rounds.MaxEvents)
	}
	if got := archived(t, m, 1); len(got) != 2+codec.MaxTreasures {
		t.Errorf("the archive holds %d events", len(got))
	}
}
