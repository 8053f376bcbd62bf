package rounds_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/huntgraph/huntgraph/codec"
)

// script is what every partition releases over some rounds, and the lines that
// the rounds' streams must hold of each.
type script struct {
	groups [][]codec.Group                // by partition, in order
	lines  map[codec.Round]map[int]string // by round and partition
	grants map[codec.Round]int
}

const perPartition = 8 // treasures

func drawScript(t *rapid.T, partitions, rounds int) script {
	s := script{groups: make([][]codec.Group, partitions), lines: map[codec.Round]map[int]string{}, grants: map[codec.Round]int{}}
	for r := codec.Round(1); r <= codec.Round(rounds); r++ {
		s.lines[r] = map[int]string{}
		for p := range partitions {
			s.draw(t, r, p)
		}
	}
	return s
}

// draw makes one partition's round: open all treasures, grant some, end.
func (s *script) draw(t *rapid.T, r codec.Round, p int) {
	id := codec.PartitionID(p)
	var lines []string
	seq := uint64(0)
	release := func(frames ...[]byte) {
		s.groups[p] = append(s.groups[p], group(id, r, seq, frames...))
	}
	for i := range perPartition {
		seq += rapid.Uint64Range(1, 3).Draw(t, "skipped records")
		treasure := codec.TreasureID(p*perPartition + i)
		frames := [][]byte{opened(treasure)}
		if i == 0 {
			frames = [][]byte{started(r), opened(treasure)}
		}
		lines = append(lines, fmt.Sprintf("p%d %d/%d.%d: placed %d at %d", p, r, seq, len(frames)-1, treasure, treasure+1000))
		if rapid.Bool().Draw(t, "granted") {
			frames = append(frames, granted(r, treasure, codec.PlayerID(p)))
			lines = append(lines, fmt.Sprintf("p%d %d/%d.%d: granted %d to %d (p%d)", p, r, seq, len(frames)-1, treasure, p, p))
			s.grants[r]++
		}
		if i == perPartition-1 {
			frames = append(frames, ended(r))
		}
		release(frames...)
	}
	s.lines[r][p] = strings.Join(lines, "\n")
}

// TestExactlyOnce: partitions that run apart, with the keeper crashing at any
// append, before or after it was stored, and taking over: in the end every
// round's stream has every event of every partition once and in its order,
// between one start and one end.
func TestExactlyOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		partitions := rapid.IntRange(1, 3).Draw(t, "partitions")
		last := rapid.IntRange(1, 3).Draw(t, "rounds")
		s := drawScript(t, partitions, last)
		m, c := newMemory(), &clock{}
		reached := make([]int, partitions) // groups that the partition has released, ever
		at := make([]int, partitions)      // and that this keeper was offered
		var k *keeper
		takeOver := func() {
			if k != nil {
				if err := k.stop(); !errors.Is(err, errCrash) {
					t.Fatalf("the keeper ended with %v", err)
				}
			}
			m.fail, m.after = rapid.IntRange(0, 40).Draw(t, "appends until a crash"), rapid.Bool().Draw(t, "stored")
			k = open(t, m, partitions, c)
			for p := range at {
				at[p] = slices.IndexFunc(s.groups[p], func(g codec.Group) bool { return g.Durable.Index.Round >= k.From() })
				at[p] = min(max(at[p], 0), reached[p])
			}
		}
		takeOver()
		for {
			var ready []int
			for p := range at {
				if at[p] < len(s.groups[p]) {
					ready = append(ready, p)
				}
			}
			if len(ready) == 0 {
				break
			}
			p := rapid.SampledFrom(ready).Draw(t, "partition")
			g := s.groups[p][at[p]]
			g.Replayed = at[p] < reached[p]
			at[p]++
			reached[p] = max(reached[p], at[p])
			c.ms.Add(300)
			if err := k.give(g); err != nil {
				takeOver()
			}
		}
		if err := k.stop(); err != nil {
			t.Fatal(err)
		}
		for r := codec.Round(1); r <= codec.Round(last); r++ {
			s.compare(t, m, r)
		}
	})
}

// compare holds a round's stream against the script.
func (s *script) compare(t *rapid.T, m *memory, r codec.Round) {
	story, err := m.story(r)
	if err != nil {
		t.Fatal(err)
	}
	own := 0
	got := map[int][]string{}
	for i, line := range story {
		var p int
		if n, _ := fmt.Sscanf(line, "p%d", &p); n == 1 {
			got[p] = append(got[p], line)
			continue
		}
		own++
		if !strings.HasPrefix(line, fmt.Sprintf("own %d: ", own)) ||
			strings.Contains(line, ": started ") != (i == 0) || strings.Contains(line, ": ended ") != (i == len(story)-1) {
			t.Fatalf("round %d: line %d is %q in\n%s", r, i, line, strings.Join(story, "\n"))
		}
	}
	for p, want := range s.lines[r] {
		if have := strings.Join(got[p], "\n"); have != want {
			t.Fatalf("round %d, partition %d:\n%s\nwant\n%s", r, p, have, want)
		}
	}
	if end := story[len(story)-1]; !strings.Contains(end, fmt.Sprintf("ended %d grants %d", r, s.grants[r])) {
		t.Fatalf("%q, want %d grants", end, s.grants[r])
	}
}
