package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control/plan"
)

func owned(hunt, node string, incarnation uint64, partitions ...codec.PartitionID) map[plan.Place]plan.Owner {
	m := map[plan.Place]plan.Owner{}
	for _, p := range partitions {
		m[plan.Place{Hunt: hunt, Partition: p}] = plan.Owner{Node: node, Incarnation: incarnation}
	}
	return m
}

func merged(ms ...map[plan.Place]plan.Owner) map[plan.Place]plan.Owner {
	out := map[plan.Place]plan.Owner{}
	for _, m := range ms {
		maps.Copy(out, m)
	}
	return out
}

func TestPlan(t *testing.T) {
	hunt := []plan.Hunt{{Name: "h", Partitions: 4}}
	cases := []struct {
		name     string
		members  []plan.Member
		hunts    []plan.Hunt
		current  map[plan.Place]plan.Owner
		write    string
		unplaced int
	}{
		{"nobody there", nil, hunt, nil, "", 4},
		{"no hunt", []plan.Member{{"a", 4, 1}}, nil, nil, "", 0},
		{"one node takes all", []plan.Member{{"a", 9, 1}}, hunt, nil, "0:a 1:a 2:a 3:a", 0},
		{"not above capacity", []plan.Member{{"a", 3, 1}}, hunt, nil, "0:a 1:a 2:a", 1},
		{"a node of no capacity", []plan.Member{{"a", 0, 1}, {"b", 4, 2}}, hunt, nil, "0:b 1:b 2:b 3:b", 0},
		{"shared by capacity", []plan.Member{{"a", 3, 1}, {"b", 1, 1}}, hunt, nil, "0:a 1:a 2:a 3:b", 0},
		{"all well", []plan.Member{{"a", 9, 1}}, hunt, owned("h", "a", 1, 0, 1, 2, 3), "", 0},
		{"a node came back", []plan.Member{{"a", 9, 2}}, hunt, owned("h", "a", 1, 0, 1, 2, 3), "0:a 1:a 2:a 3:a", 0},
		{"a node came back smaller", []plan.Member{{"a", 3, 2}}, hunt, owned("h", "a", 1, 0, 1, 2, 3), "0:a 1:a 2:a", 1},
		{"a node died", []plan.Member{{"b", 9, 2}}, hunt,
			merged(owned("h", "a", 1, 0, 1), owned("h", "b", 2, 2, 3)), "0:b 1:b", 0},
		{"a node came", []plan.Member{{"a", 9, 1}, {"b", 9, 2}}, hunt, owned("h", "a", 1, 0, 1, 2, 3), "2:b 3:b", 0},
		{"uneven by one stays", []plan.Member{{"a", 9, 1}, {"b", 9, 2}}, hunt,
			merged(owned("h", "a", 1, 0, 1, 2), owned("h", "b", 2, 3)), "2:b", 0},
		{"another hunt's assignments are left", []plan.Member{{"a", 9, 1}}, hunt,
			merged(owned("h", "a", 1, 0, 1, 2, 3), owned("gone", "a", 1, 0)), "", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			write, unplaced := plan.Plan(c.members, c.hunts, c.current)
			got := ""
			for i, w := range write {
				if i > 0 {
					got += " "
				}
				got += fmt.Sprintf("%d:%s", w.Place.Partition, w.Owner.Node)
			}
			if got != c.write || len(unplaced) != c.unplaced {
				t.Errorf("writes %q, %d without a place; want %q, %d", got, len(unplaced), c.write, c.unplaced)
			}
		})
	}
}

// drawn is a random situation, with assignments to dead nodes and old incarnations.
func drawn(t *rapid.T) (members []plan.Member, hunts []plan.Hunt, current map[plan.Place]plan.Owner) {
	for i := range rapid.IntRange(0, 5).Draw(t, "members") {
		members = append(members, plan.Member{
			Name:        fmt.Sprint("n", i),
			Capacity:    rapid.IntRange(0, 12).Draw(t, "capacity"),
			Incarnation: rapid.Uint64Range(1, 2).Draw(t, "incarnation"),
		})
	}
	current = map[plan.Place]plan.Owner{}
	for i := range rapid.IntRange(0, 3).Draw(t, "hunts") {
		h := plan.Hunt{Name: fmt.Sprint("h", i), Partitions: rapid.IntRange(0, 12).Draw(t, "partitions")}
		hunts = append(hunts, h)
		for p := range h.Partitions {
			if n := rapid.IntRange(0, 7).Draw(t, "owner"); n > 0 {
				current[plan.Place{Hunt: h.Name, Partition: codec.PartitionID(p)}] = plan.Owner{Node: fmt.Sprint("n", n-1), Incarnation: 1}
			}
		}
	}
	return members, hunts, current
}

// TestPlanProperties holds what a plan must be, whatever the situation:
// complete, within capacity, balanced, and without a needless move.
func TestPlanProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members, hunts, current := drawn(t)
		write, unplaced := plan.Plan(members, hunts, current)

		shuffled := rapid.Permutation(members).Draw(t, "order")
		again, _ := plan.Plan(shuffled, hunts, current)
		if !slices.Equal(write, again) {
			t.Fatalf("not deterministic: %v and %v", write, again)
		}

		byName := map[string]plan.Member{}
		room, total := 0, 0
		for _, m := range members {
			byName[m.Name] = m
			room += m.Capacity
		}
		for _, h := range hunts {
			total += h.Partitions
		}
		if want := max(0, total-room); len(unplaced) != want {
			t.Fatalf("%d without a place, want %d", len(unplaced), want)
		}

		after := maps.Clone(current)
		for _, w := range write {
			if after[w.Place] == w.Owner {
				t.Fatalf("%v is written as it stands", w)
			}
			after[w.Place] = w.Owner
		}
		for _, p := range unplaced {
			delete(after, p)
		}
		load := map[string]int{}
		for p, o := range after {
			if m, ok := byName[o.Node]; !ok || m.Incarnation != o.Incarnation {
				t.Fatalf("%v is with %v, which does not live", p, o)
			}
			load[o.Node]++
		}
		checkBalance(t, members, load)
		checkMoves(t, byName, current, after)

		if more, _ := plan.Plan(members, hunts, after); len(more) != 0 {
			t.Fatalf("a plan on its own result writes %v", more)
		}
	})
}

// checkBalance: no move of one place leaves its receiver less full than its giver was.
func checkBalance(t *rapid.T, members []plan.Member, load map[string]int) {
	for _, a := range members {
		if load[a.Name] > a.Capacity {
			t.Fatalf("%s has %d of %d", a.Name, load[a.Name], a.Capacity)
		}
		for _, b := range members {
			if b.Capacity > 0 && load[a.Name] > 0 && (load[b.Name]+1)*a.Capacity < load[a.Name]*b.Capacity {
				t.Fatalf("%s has %d of %d while %s has %d of %d", a.Name, load[a.Name], a.Capacity, b.Name, load[b.Name], b.Capacity)
			}
		}
	}
}

// checkMoves: a node that gives up a place that it could keep gets none.
func checkMoves(t *rapid.T, byName map[string]plan.Member, current, after map[plan.Place]plan.Owner) {
	held, gave, got := map[string]int{}, map[string]int{}, map[string]int{}
	for p, was := range current {
		now, placed := after[p]
		held[was.Node]++
		if placed && now.Node != was.Node {
			gave[was.Node]++
		}
	}
	for p, now := range after {
		if current[p].Node != now.Node {
			got[now.Node]++
		}
	}
	for name, m := range byName {
		if gave[name] > 0 && got[name] > 0 && held[name] <= m.Capacity {
			t.Fatalf("%s gave %d and got %d", name, gave[name], got[name])
		}
	}
}
