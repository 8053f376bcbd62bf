package world_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/huntgraph/huntgraph/partition/world"
)

// A world is built once, written, and mapped wherever it is needed.
func Example() {
	dir, err := os.MkdirTemp("", "world")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "caves.world")

	g, err := world.Generate(world.Plan{Edges: 5000, Seed: 1, Partitions: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	built, err := world.Build(g, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := built.Write(path); err != nil {
		fmt.Println(err)
		return
	}

	w, err := world.Open(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Close()
	piece := w.Part(1)
	fmt.Println(w.Partitions(), "partitions; the same hash:", w.Hash() == built.Hash())
	fmt.Println("partition 1 has all its edges:", len(piece.Head) == int(w.Cut[1].Edges))
	// Output:
	// 2 partitions; the same hash: true
	// partition 1 has all its edges: true
}
