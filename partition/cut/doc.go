// Package cut is the coordinator of a hunt's consistent cuts: it finds how far
// every goal is beyond each partition's border, exactly, as of one refresh of
// the whole hunt.
//
//	c, err := cut.New(rules, borders)        // what never changes
//	c.Report(&report, send)                  // a partition has refreshed and measured
//	c.Prepared(frame, send)                  // a partition durably has its values
//
// send is called with frames for a partition's actor. A cut goes through three
// steps: all partitions report the same cut; each is told the values beyond its
// border (Border, Prepare); when all of them hold these durably, each is told to
// lead players as of the cut and when to refresh next (Switch).
//
// It holds I8 between partitions: values equal Dijkstra on the whole hunt's
// weights as of the cut. All that it knows comes from reports, which a partition
// repeats until it is told to switch, so a coordinator may be replaced at any
// time, and messages to and from it may be lost.
//
// The package never does I/O, reads a clock or starts a goroutine, and it never
// touches a partition's state: what it says becomes journaled inputs there.
package cut
