package nest

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// field is a grid with random holes: pieces that hang together in odd ways,
// and nodes that hang on nothing.
func field(rng *rand.Rand, side int) Graph {
	id := make([]int, side*side)
	g := Graph{First: []uint32{0}}
	for i := range id {
		id[i] = -1
		if rng.IntN(4) > 0 {
			id[i] = len(g.X)
			g.X, g.Y = append(g.X, int32(i%side)), append(g.Y, int32(i/side))
		}
	}
	for i := range id {
		if id[i] < 0 {
			continue
		}
		for _, step := range [...][2]int{{0, -1}, {-1, 0}, {1, 0}, {0, 1}} {
			x, y := i%side+step[0], i/side+step[1]
			if x >= 0 && x < side && y >= 0 && y < side && id[y*side+x] >= 0 {
				g.Head = append(g.Head, uint32(id[y*side+x]))
			}
		}
		g.First = append(g.First, uint32(len(g.Head)))
	}
	return g
}

// TestCut: the order is a permutation, cells keep their sizes and nest, and in
// a lowest cell nodes come by the level at which they link two cells.
func TestCut(t *testing.T) {
	sizes := []int{20, 100, 500}
	for seed := range uint64(10) {
		g := field(rand.New(rand.NewPCG(seed, 1)), 10+int(seed)*4)
		n := len(g.X)
		order, cells := Halve(g, sizes[0]).Cells(sizes)
		if sorted := slices.Sorted(slices.Values(order)); len(sorted) != n || sorted[0] != 0 || int(sorted[n-1]) != n-1 || len(slices.Compact(sorted)) != n {
			t.Fatalf("seed %d: the order is not one of the %d nodes", seed, n)
		}
		at := make([][]int, len(sizes)) // by level: a node's cell
		for l := range sizes {
			at[l] = make([]int, n)
			cell, size := -1, 0
			for k, c := range cells {
				if int(c.Level) > l {
					cell, size = cell+1, 0
				}
				for _, v := range order[c.First:end(cells, k, n)] {
					at[l][v] = cell
					if size++; size > sizes[l] {
						t.Fatalf("seed %d: a cell of level %d has more than %d nodes", seed, l+1, sizes[l])
					}
				}
			}
		}
		for k, c := range cells {
			last := len(sizes)
			for _, v := range order[c.First:end(cells, k, n)] {
				rank := 0
				for _, h := range g.Head[g.First[v]:g.First[v+1]] {
					for l := range sizes {
						if at[l][v] != at[l][h] {
							rank = max(rank, l+1)
						}
					}
				}
				if rank > last {
					t.Fatalf("seed %d: node %d, which links cells of level %d, comes after one of level %d", seed, v, rank, last)
				}
				last = rank
			}
		}
	}
}

// TestDoor: two rooms with a door are cut at the door, and the cut does not
// depend on how many processors there are.
func TestDoor(t *testing.T) {
	var g Graph
	const w, h = 21, 9
	wall := func(x, y int) bool { return x == 8 && y != 4 }
	id := map[[2]int]uint32{}
	for y := range h {
		for x := range w {
			if !wall(x, y) {
				id[[2]int{x, y}] = uint32(len(g.X))
				g.X, g.Y = append(g.X, int32(x)), append(g.Y, int32(y))
			}
		}
	}
	g.First = []uint32{0}
	for v := range g.X {
		for _, step := range [...][2]int{{0, -1}, {-1, 0}, {1, 0}, {0, 1}} {
			if n, ok := id[[2]int{int(g.X[v]) + step[0], int(g.Y[v]) + step[1]}]; ok {
				g.Head = append(g.Head, n)
			}
		}
		g.First = append(g.First, uint32(len(g.Head)))
	}
	order, cells := Halve(g, 130).Cells([]int{130})
	if len(cells) != 2 {
		t.Fatalf("%d cells, want 2", len(cells))
	}
	links := 0
	left := map[uint32]bool{}
	for _, v := range order[:cells[1].First] {
		left[v] = true
	}
	for v := range uint32(len(g.X)) {
		for _, to := range g.Head[g.First[v]:g.First[v+1]] {
			if left[v] && !left[to] {
				links++
			}
		}
	}
	if links != 1 {
		t.Errorf("the halves are linked by %d edges; the door is 1", links)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if again, _ := Halve(g, 130).Cells([]int{130}); !slices.Equal(again, order) {
		t.Error("one processor cuts otherwise")
	}
}
