package overlay

import (
	"slices"
	"sort"
)

// given is the weight of an edge at level Given: one that is not base and
// congestion. They lie in a table by edge, which is looked at for such edges only.
type given struct{ edge, weight uint32 }

// givenAt is where an edge stands in the table, or would stand.
func (o *Overlay) givenAt(e uint32) (at int, there bool) {
	at = sort.Search(len(o.given), func(i int) bool { return o.given[i].edge >= e })
	return at, at < len(o.given) && o.given[at].edge == e
}

// give puts an edge's weight into the table, or takes it out if its level has one of its own.
func (o *Overlay) give(e uint32, level uint8, weight uint32) {
	at, there := o.givenAt(e)
	switch {
	case level == Given && there:
		o.given[at].weight = weight
	case level == Given && len(o.given) == cap(o.given):
		panic("overlay: more than MaxGiven edges have a weight of their own")
	case level == Given:
		o.given = slices.Insert(o.given, at, given{e, weight})
	case there:
		o.given = slices.Delete(o.given, at, at+1)
	}
}

// high is the weight of an edge at a level of no congestion.
func (o *Overlay) high(e uint32) uint32 {
	if o.Edges[e].Seen == Closed {
		return Unreachable
	}
	at, _ := o.givenAt(e)
	return o.given[at].weight
}
