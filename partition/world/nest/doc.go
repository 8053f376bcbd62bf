// Package nest cuts a graph into nested cells along its choke points.
//
//	halves := nest.Halve(nest.Graph{First: first, Head: head, X: x, Y: y}, nest.Sizes[0])
//	order, cells := halves.Cells(nest.Sizes)
//	order, cells = halves.Cells(others) // the same halves, other sizes of cells
//
// A cell of a level holds whole cells of the level below. Nodes come out in an
// order in which every cell of every level is one range, and in which, within a
// cell of the lowest level, the nodes that link to other graphs come first, then
// those that link to other cells, of the higher levels before the others. The
// search hierarchy relies on the ranges, and is small thanks to the rest.
//
// Halves are found by inertial flow (Schild and Sommer 2015): the nodes are put
// in an order, the first and the last of them become source and sink, and a
// maximum flow between them finds the fewest edges that part them. Some orders
// are straight lines over the drawing, one follows the graph's own ways, which
// sees round corners; the best cut of all is taken.
//
// I1: the result is a function of the graph; halves are cut in parallel, but no
// result depends on which is done first. The package must never read a clock or
// draw a number.
package nest
