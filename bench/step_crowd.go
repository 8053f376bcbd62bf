package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/partition/world"
)

const (
	// dueAtOnce bounds the moves that the crowd makes before it looks for answers.
	dueAtOnce = 256
	// maxAge bounds the ages of hints that are told apart, in ticks.
	maxAge = 1024
	// stall is how long the crowd waits for an answer, or a cut, before it gives up.
	stall = 20 * time.Second
)

// mover is one player as its client knows it.
type mover struct {
	due    int64 // of the move in flight
	seq    codec.MoveSeq
	edge   codec.EdgeID // to take next
	part   codec.PartitionID
	goal   codec.GoalID
	joined bool
	flying bool // a move is not answered yet
}

// crowd is all players: one goroutine, which allocates nothing while it plays.
// It yields whenever a move is on its way, so the partition's goroutine that it
// woke runs next on the same processor.
type crowd struct {
	world  *world.World
	links  []*link
	active []codec.PartitionID // links with frames that are not answered
	movers []mover
	order  []uint32 // in which they move: shuffled
	turn   int      // whose turn it is in order[:playing]
	random uint64   // state of a xorshift
	tally  tally
	audit  *audit // nil: no samples are taken
	rest   time.Duration
}

// tally is what the crowd saw since it was last reset.
type tally struct {
	codes     [codec.Codes]int
	made      int // moves
	missed    int // due while the player's last move was not answered
	crossed   int
	residence actor.Counts
	ages      [maxAge]int
	began     int64
	ended     int64
}

func newCrowd(w *world.World, links []*link, cfg *StepConfig) *crowd {
	players := cfg.Players
	c := &crowd{
		world: w, links: links, rest: cfg.rest, random: cfg.Seed*2 + 1,
		active: make([]codec.PartitionID, 0, len(links)),
		movers: make([]mover, players), order: make([]uint32, players),
	}
	for i := range c.movers {
		c.movers[i] = mover{
			part: partition.Home(playerID(uint32(i)), len(links)), edge: codec.NoEdge,
			goal: codec.GoalID(i / len(links) % (cfg.Goals + 1)),
		}
		c.order[i] = uint32(i)
	}
	return c
}

func playerID(mover uint32) codec.PlayerID { return codec.PlayerID(mover) + 1 }

// join lets players in until the first n play; from then on they have their
// turns in a new random order.
func (c *crowd) join(ctx context.Context, n int) error {
	deadline := nanotime() + int64(stall) + int64(n)*int64(time.Millisecond)
	for left := 1; left > 0; {
		if nanotime() > deadline {
			return fmt.Errorf("bench step: %d of %d players could not join", left, n)
		}
		left = 0
		for i := range uint32(n) {
			m := &c.movers[i]
			if m.joined {
				continue
			}
			left++
			if l := c.links[m.part]; !m.flying && l.waiting() < linkSlots/4 && l.room() {
				m.flying = true
				l.batch = codec.Join{Player: playerID(i), Goal: m.goal}.Append(c.open(m.part))
			}
		}
		if err := c.exchange(ctx); err != nil {
			return err
		}
		time.Sleep(time.Millisecond) // the outbox takes so many a tick
	}
	rng := rand.New(rand.NewPCG(c.random, uint64(n)))
	rng.Shuffle(n, func(a, b int) { c.order[a], c.order[b] = c.order[b], c.order[a] })
	c.turn = 0
	return nil
}

// open is where the next frame to a partition is appended.
func (c *crowd) open(p codec.PartitionID) []byte {
	l := c.links[p]
	if l.waiting() == 0 {
		c.active = append(c.active, p)
	}
	return l.next()
}

// pace says when moves are due: at a rate, or, with a window, as soon as fewer
// than that many are on their way.
type pace struct {
	rate   float64 // moves a second
	window int
	length time.Duration
	until  func() bool // not nil: it goes on until this holds, though no longer than a stall
}

// over reports whether the time is up.
func (p *pace) over(began, now int64) bool {
	late := now - began - int64(p.length)
	return late >= 0 && (p.until == nil || late >= int64(stall) || p.until())
}

// play makes moves of the first n players and waits for the last answer.
func (c *crowd) play(ctx context.Context, n int, p pace) error {
	c.tally = tally{began: nanotime()}
	gap := 1e9 / p.rate
	for now := c.tally.began; !p.over(c.tally.began, now); now = nanotime() {
		burst := dueAtOnce
		if p.window > 0 {
			burst = min(burst, p.window-c.flying())
		}
		for range burst {
			due := now
			if p.window == 0 {
				due = c.tally.began + int64(float64(c.tally.made+c.tally.missed)*gap)
			}
			if due > now || !c.move(n, due) {
				break
			}
		}
		if err := c.exchange(ctx); err != nil {
			return err
		}
	}
	c.tally.ended = nanotime()
	return c.settle(ctx)
}

// settle waits until every move is answered.
func (c *crowd) settle(ctx context.Context) error {
	for deadline := nanotime() + int64(stall); len(c.active) > 0; {
		if nanotime() > deadline {
			return fmt.Errorf("bench step: partition %d has not answered for %v", c.active[0], stall)
		}
		if err := c.exchange(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// flying is how many moves are on their way.
func (c *crowd) flying() (n int) {
	for _, p := range c.active {
		n += c.links[p].waiting()
	}
	return n
}

// move makes the move of the player whose turn it is. False: its partition has no room now.
func (c *crowd) move(n int, due int64) bool {
	i := c.order[c.turn]
	m := &c.movers[i]
	l := c.links[m.part]
	if !l.room() {
		return false
	}
	if c.turn++; c.turn == n {
		c.turn = 0
	}
	if m.flying {
		c.tally.missed++
		return true
	}
	m.due, m.flying = due, true
	if m.edge == codec.NoEdge { // it has crossed a border and asks for its way: beside the moves
		l.batch = codec.Join{Player: playerID(i), Goal: m.goal}.Append(c.open(m.part))
		return true
	}
	c.tally.made++
	l.batch = codec.Move{Player: playerID(i), Seq: m.seq + 1, Edge: m.edge}.Append(c.open(m.part))
	return true
}

// exchange submits what was written and takes the answers that are there.
func (c *crowd) exchange(ctx context.Context) error {
	if len(c.active) == 0 {
		return nil
	}
	for _, p := range c.active {
		if l := c.links[p]; l.batch != nil {
			if err := l.submit(ctx); err != nil {
				return fmt.Errorf("bench step: partition %d: %w", p, err)
			}
		}
	}
	if c.rest > 0 {
		time.Sleep(c.rest)
	}
	runtime.Gosched()
	now := nanotime()
	for i := 0; i < len(c.active); {
		l := c.links[c.active[i]]
		for frame := l.answer(); frame != nil; frame = l.answer() {
			c.answered(frame, now)
		}
		if l.waiting() > 0 {
			i++
			continue
		}
		c.active[i] = c.active[len(c.active)-1]
		c.active = c.active[:len(c.active)-1]
	}
	return nil
}

// answered takes an answer to its player.
func (c *crowd) answered(frame []byte, now int64) {
	typ, payload, _, err := codec.Next(frame)
	switch {
	case err == nil && typ == codec.TypeReply:
		var r codec.Reply
		if r, err = codec.ParseReply(payload); err == nil {
			c.moved(&r, now)
		}
	case err == nil && typ == codec.TypeJoined:
		var j codec.Joined
		if j, err = codec.ParseJoined(payload); err == nil {
			m := &c.movers[j.Player-1]
			m.flying = false
			if j.Code == codec.CodeOK {
				m.joined, m.seq, m.edge = true, j.Last, c.lead(m.part, j.Node, &j.Hint)
			} // else it asks again: the hand-off is under way
		}
	}
	if err != nil {
		panic("bench: an answer cannot be read")
	}
}

// moved takes a reply to its player.
func (c *crowd) moved(r *codec.Reply, now int64) {
	m := &c.movers[r.Player-1]
	m.flying = false
	t := &c.tally
	t.residence.Add(now - m.due)
	t.codes[r.Code]++
	t.ages[min(int(r.Tick-r.Hint.CutTick), maxAge-1)]++
	m.seq, m.edge = r.Last, c.lead(m.part, r.Node, &r.Hint)
	if r.Node != codec.NoNode {
		if p := c.world.PartitionOf(r.Node); p != m.part { // it asks there for its way
			m.part, m.edge = p, codec.NoEdge
			t.crossed++
			return
		}
	}
	if c.audit != nil && m.goal == codec.Nearest {
		c.audit.sample(r)
	}
}

// lead is the edge to take from a node: the hint's, or where it has none, at a
// goal, any that stays in the partition.
func (c *crowd) lead(p codec.PartitionID, node codec.NodeID, h *codec.Hint) codec.EdgeID {
	if node == codec.NoNode || h.Edge != codec.NoEdge {
		return h.Edge
	}
	c.random ^= c.random << 13
	c.random ^= c.random >> 7
	c.random ^= c.random << 17
	first, next := c.world.First[node], c.world.First[node+1]
	part := &c.world.Cut[p]
	for i := range next - first {
		e := first + (uint32(c.random>>32)+i)%(next-first)
		if c.world.Head[e]-uint32(part.FirstNode) < part.Nodes {
			return codec.EdgeID(e)
		}
	}
	return codec.NoEdge
}

// agePercentile is the age of hints that a share of all replies did not exceed, in ticks.
func (t *tally) agePercentile(q float64) int {
	total := 0
	for _, n := range t.ages {
		total += n
	}
	sum := 0
	for age, n := range t.ages {
		if sum += n; sum > 0 && float64(sum) >= q*float64(total) {
			return age
		}
	}
	return 0
}

// rate is how many moves a second were applied.
func (t *tally) rate() float64 {
	return float64(t.codes[codec.CodeOK]) / time.Duration(t.ended-t.began).Seconds()
}
