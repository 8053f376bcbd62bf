package overlay

import "github.com/huntgraph/huntgraph/partition/shadow"

// Kept lists the tables that forks keep lines of: the edges first, then what
// repairs write beside them.
func (o *Overlay) Kept() (list []*shadow.Table) {
	list = append(list, &o.keptEdges, &o.keptWeight, &o.keptDue)
	for l := 1; l <= o.top; l++ {
		list = append(list, &o.level[l].kept)
	}
	return list
}

// MaxKept is how many tables Kept lists at most.
const MaxKept = 3 + MaxLevels + 1

// Touch comes before a write of an edge.
func (o *Overlay) Touch(e uint32) { o.keptEdges.Touch(edgeSize * int(e)) }

// Aside is what a fork keeps of an overlay beside those tables. Given has room
// for MaxGiven rows.
type Aside struct {
	Given []Row
}

// Row is one of Aside.Given.
type Row = given

// Put fills it. The repair under way is done first: tables are whole only then.
func (a *Aside) Put(o *Overlay, s *Search) {
	for !o.Step(s) {
	}
	a.Given = append(a.Given[:0], o.given...)
}

// PutBack ends a rollback, after the tables were put back: no field takes
// anything from one that was begun before.
func (o *Overlay) PutBack(s *Search, a *Aside) {
	s.repair, o.mending = repair{}, mending{}
	for l := range o.level {
		clear(o.level[l].coming)
	}
	o.given, o.rebuilt = append(o.given[:0], a.Given...), o.clock
}
