// Package world builds, writes and maps worlds: immutable topology and base
// weights, cut into partitions, in a .world file.
//
// The caller's loop has two halves. Offline, a graph becomes a file:
//
//	grid, err := world.ReadMap("arena.map")
//	w, err := world.Build(grid.Graph(), partitions)
//	err = w.Write("arena.world")
//
// A graph may as well come from Generate, ReadRoutingKit, ReadDimacs, or from
// several maps by Stitch. Somebody may Watch the work and end it.
//
// At boot, the file becomes slices that partitions read in place:
//
//	w, err := world.Open("arena.world")
//	defer w.Close()
//	piece := w.Part(p) // what partition p's core needs, not a byte copied
//
// Invariants. I1: a world's node and edge ids follow from its content hash, so
// building is a pure function of its input: integers only, no map iteration,
// no clock, own bounded draws on a specified generator. I8: searches are exact
// only on a sound topology, so Open checks every checksum and every structural
// rule that an engine relies on and refuses with the section and the byte that
// is wrong. I9: a mapped world lies outside the collector's heap.
//
// It must never hand out a world that was not checked, write a file in place,
// or let ids depend on anything but the input.
package world
