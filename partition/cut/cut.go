package cut

import "github.com/huntgraph/huntgraph/codec"

// Send takes frames for a partition's actor; they are valid during the call.
type Send func(p codec.PartitionID, frames []byte)

// Coordinator is one hunt's. It is owned by one goroutine.
type Coordinator struct {
	net     *net
	goals   int // Nearest and the named ones
	every   codec.Tick
	open    []codec.PartitionID // those that have a border: the others have cuts of their own
	reports []Report
	known   []bool      // by partition: it has reported at all
	held    []codec.Cut // by partition: the cut that it is prepared for
	solver  *solver

	cut    codec.Cut // the last one that was solved; round 0: none
	next   codec.Tick
	told   codec.Cut       // the last refresh that partitions were told of
	values [][]codec.Reach // of the cut: by partition, then by goal and node outside
	frames []byte          // those in hand

	reaches codec.Reaches
}

// New is for a hunt of so many partitions as there are borders.
func New(rules codec.Rules, borders []Border) (*Coordinator, error) {
	n, err := newNet(borders)
	if err != nil {
		return nil, err
	}
	c := &Coordinator{
		net: n, goals: 1 + rules.GoalCount(), every: codec.Tick(rules.RefreshTicks), solver: newSolver(n),
		reports: make([]Report, len(borders)), known: make([]bool, len(borders)), held: make([]codec.Cut, len(borders)),
	}
	for p := range borders {
		if len(borders[p].Points) > 0 {
			c.open = append(c.open, codec.PartitionID(p))
		}
		c.values = append(c.values, make([]codec.Reach, c.goals*len(borders[p].Outside)))
	}
	return c, nil
}

// Cut is the last cut that was solved, and its next refresh; round 0 before the first.
func (c *Coordinator) Cut() (codec.Cut, codec.Tick) { return c.cut, c.next }

// Report takes in what a partition knows of a cut, which it repeats until it is
// told to switch.
func (c *Coordinator) Report(r *Report, send Send) error {
	if err := c.check(r); err != nil {
		return err
	}
	again := c.known[r.Partition] && c.reports[r.Partition].Cut == r.Cut
	c.reports[r.Partition].copy(r)
	c.known[r.Partition] = true
	switch {
	case r.Cut == c.cut && c.prepared():
		c.again(r.Partition, send)
	case r.Cut == c.cut && again:
		c.tell(r.Partition, send)
	case c.agreed():
		c.solve()
		for _, p := range c.open {
			c.tell(p, send)
		}
	case again && c.left(r.Cut):
		c.putOff(r.Cut, send)
	}
	return nil
}

// Prepared takes in that a partition durably holds a cut's values.
func (c *Coordinator) Prepared(f codec.Prepared, send Send) {
	if int(f.Partition) >= len(c.held) {
		return
	}
	c.held[f.Partition] = f.Cut
	if r := &c.reports[f.Partition]; r.Cut == f.Cut {
		r.Now = f.Now
	}
	if f.Cut == c.cut && c.prepared() {
		c.putOff(c.cut, send)
	}
}

func (c *Coordinator) check(r *Report) error {
	if int(r.Partition) >= len(c.reports) {
		return ErrReport
	}
	b := &c.net.parts[r.Partition]
	n := len(b.Points)
	if n == 0 || len(r.Clique) != n*n || len(r.Inside) != c.goals*n || len(r.Weights) != len(b.Tails) {
		return ErrReport
	}
	return nil
}

// prepared reports whether every partition holds the cut's values.
func (c *Coordinator) prepared() bool {
	for _, p := range c.open {
		if c.held[p] != c.cut {
			return false
		}
	}
	return true
}

// agreed reports whether every partition has reported the same cut, a new one.
func (c *Coordinator) agreed() bool {
	cut := c.reports[c.open[0]].Cut
	for _, p := range c.open {
		if !c.known[p] || c.reports[p].Cut != cut {
			return false
		}
	}
	return cut != c.cut
}

// left reports whether another partition has refreshed again in the cut's
// round: it had been told to switch, so all were prepared for the cut.
func (c *Coordinator) left(cut codec.Cut) bool {
	for p := range c.reports {
		if o := c.reports[p].Cut; c.known[p] && o.Round == cut.Round && o.Tick > cut.Tick {
			return true
		}
	}
	return false
}

// solve finds the values beyond all borders.
func (c *Coordinator) solve() {
	c.cut, c.next = c.reports[c.open[0]].Cut, 0
	for g := range c.goals {
		c.solver.run(c.reports, codec.GoalID(g))
		for p, heads := range c.net.head {
			row := c.values[p][g*len(heads):][:len(heads)]
			for i, point := range heads {
				row[i] = c.solver.value[point]
			}
		}
	}
}

// tell sends a partition its values.
func (c *Coordinator) tell(p codec.PartitionID, send Send) {
	c.frames = c.frames[:0]
	outside := len(c.net.parts[p].Outside)
	for g := range c.goals {
		row := c.values[p][g*outside:][:outside]
		for first := 0; first < outside; first += codec.MaxReaches {
			f := codec.Border{Cut: c.cut, Goal: codec.GoalID(g), First: uint16(first), Reaches: c.reaches[:0]}
			for _, v := range row[first:min(first+codec.MaxReaches, outside)] {
				f.Reaches = f.Reaches.Append(v)
			}
			c.frames, c.reaches = f.Append(c.frames), f.Reaches
		}
	}
	c.frames = codec.Prepare{Cut: c.cut}.Append(c.frames)
	send(p, c.frames)
}

// again tells a partition that missed it to switch. Where the next refresh is
// too near for it by now all are told another tick.
func (c *Coordinator) again(p codec.PartitionID, send Send) {
	if c.next <= c.latest(c.cut.Round) {
		c.putOff(c.cut, send)
		return
	}
	send(p, codec.Switch{Cut: c.cut, Next: c.next}.Append(c.frames[:0]))
}

// putOff tells all partitions to switch to the cut, if they have not, and when
// to refresh next: at a tick that none has come to. What they were told before
// holds as long as it can, for reports that come again would put it off for ever.
func (c *Coordinator) putOff(cut codec.Cut, send Send) {
	latest := c.latest(cut.Round)
	next := c.told.Tick
	if c.told.Round != cut.Round || next <= latest {
		next = (latest + margin + c.every - 1) / c.every * c.every
		c.told = codec.Cut{Round: cut.Round, Tick: next}
	}
	if cut == c.cut {
		c.next = next
	}
	for _, p := range c.open {
		send(p, codec.Switch{Cut: cut, Next: next}.Append(c.frames[:0]))
	}
}

// latest is the last tick of a round that any partition is known to have come to.
func (c *Coordinator) latest(round codec.Round) (tick codec.Tick) {
	for p := range c.reports {
		if c.known[p] && c.reports[p].Cut.Round == round {
			tick = max(tick, c.reports[p].Now)
		}
	}
	return tick
}
