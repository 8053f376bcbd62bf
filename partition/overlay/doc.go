// Package overlay is the search hierarchy of a partition: nested cells, the
// distances between the points where cells meet, and goal fields that are
// refined cell by cell as players enter them.
//
//	shape, err := overlay.Measure(graph)
//	o, err := overlay.New(shape, fields, make([]byte, shape.Size(fields)))
//	o.Rebuild(&search, level)        // all distances between points
//	o.Aim(field, &search, goals)     // a new goal: up from the goals, then the top
//	o.Refine(field, &search, node)   // where a player stands: down into its cells
//	dist, goal := o.At(field, node)  // exact
//	o.Repair(&search, edge, level)   // a weight changes; fields begin anew after it
//	o.Change(…), o.Step(&search)     // the same in slices
//	o.Expect(…), o.Plan(), o.Mend(…) // many changes at once: see bulk.go
//
// Begin with the field of the cut before, then Target and Rise, in place of Aim,
// leads to a field that takes from that one what did not change.
//
// Of many fields (Shape.Share) each keeps the values at nodes only of cells that
// are asked for; Refine comes right before At and Next then.
//
// Where the graph is a part of a larger one, what lies beyond its borders
// comes from whoever knows all parts:
//
//	for !o.Mend(&search) {}                    // after repairs
//	o.Border(), o.BorderClique()               // what the graph is to the others
//	o.Aim(field, &search, goals)               // its own goals
//	dist, goal := o.BorderValue(field, i)      // what the others need to know
//	o.Enter(field, values)                     // what comes back, by o.Outside()
//	o.Settle(field, &search)                   // then Refine, At and Next as ever
//
// It holds I8: a value equals Dijkstra on the weights that the overlay was
// given. I1: a value is a function of weights and goals alone, whatever was
// refined before it. I9: after New nothing is allocated; searches keep labels
// and scratch in the arena, and a frontier that has no room is gathered anew.
//
// The package is part of the pure core: no I/O, clock, goroutine, lock or
// formatting.
package overlay
