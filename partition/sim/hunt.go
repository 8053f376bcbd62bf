package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/partition/cut"
)

var huntHash = codec.Hash(sha256.Sum256([]byte("sim")))

// hunt is the simulated hunt, and all around it.
type hunt struct {
	Counts
	secret  actor.Secret
	planted mistake
	rng     *rand.Rand
	now     int64
	queue   queue
	planned uint64
	net     network
	trace   uint64

	land    *land
	rules   codec.Rules
	records uint64 // that a round's stream takes; 0: any number
	inHand  int    // how many records without an answer let the next one grow
	stores  []*store
	seats   []*seat
	epoch   codec.Epoch
	borders []cut.Border
	coord   *cut.Coordinator
	clients []*client
	judge   *judge
	attempt *attempt // a rollback that is not ordered yet; nil: none
	broken  []string
	quiet   bool // faults have ended
	still   bool // players have stopped
}

// seat is who owns a partition.
type seat struct {
	owner   *owner   // to whom messages go; nil: nobody
	coming  *owner   // who takes it over at present
	old     []*owner // who does not know that it was replaced
	durable *codec.Watermark
	mark    *codec.Watermark // the same, kept outside the journal now and then
	marked  int64

	epoch  codec.Epoch      // of whom it was assigned to last
	orders []codec.Rollback // written down, rising
}

func newHunt(seed uint64, planted mistake) *hunt {
	h := &hunt{planted: planted, rng: rand.New(rand.NewPCG(seed, 4)), trace: 14695981039346656037}
	binary.LittleEndian.PutUint64(h.secret[:], seed)
	h.land = newLand(h.rng)
	h.rules = newRules(h.rng, h.land)
	h.records = newCap(h.rng, h.rules)
	h.inHand = 1 + h.rng.IntN(maxSlots) // an actor's is 1; with more the window is seen full
	h.judge = newJudge(h)
	for p := range codec.PartitionID(h.land.partitions()) {
		h.stores = append(h.stores, &store{h: h, p: p})
		h.seats = append(h.seats, &seat{})
		t := h.land.topology(p)
		h.borders = append(h.borders, t.Border())
	}
	h.restartCoordinator()
	for id := range codec.PlayerID(4 + h.rng.IntN(12)) {
		c := &client{h: h, id: id, at: h.home(id), goal: codec.GoalID(h.rng.IntN(3)), hint: codec.NoEdge}
		h.clients = append(h.clients, c)
	}
	return h
}

func (h *hunt) home(id codec.PlayerID) codec.PartitionID {
	return codec.PartitionID(uint64(id) % uint64(h.land.partitions()))
}

func (h *hunt) world() codec.Hash {
	t := h.land.topology(0)
	return t.World
}

// breaks notes that something does not hold.
func (h *hunt) breaks(format string, args ...any) {
	if len(h.broken) < maxBroken {
		h.broken = append(h.broken, fmt.Sprintf("at %d ms: ", h.now)+fmt.Sprintf(format, args...))
	}
}

// note adds to the trace, which is FNV-1a (Fowler, Noll, Vo) over whole words.
func (h *hunt) note(kind byte, words ...uint64) {
	h.trace = (h.trace ^ uint64(kind) ^ uint64(h.now)<<8) * 1099511628211
	for _, w := range words {
		h.trace = (h.trace ^ w) * 1099511628211
		h.trace ^= h.trace >> 29
	}
}

// frames calls fn with each frame.
func (h *hunt) frames(frames []byte, fn func(typ codec.Type, payload, frame []byte)) {
	for len(frames) > 0 {
		typ, payload, rest, err := codec.Next(frames)
		if err != nil {
			h.breaks("a frame cannot be read: %v", err)
			return
		}
		fn(typ, payload, frames[:len(frames)-len(rest)])
		frames = rest
	}
}

// post sends letters to partitions.
func (h *hunt) post(mail [][]byte) {
	if h.planted == mapOrder {
		letters := map[int][]byte{}
		for to, frames := range mail {
			letters[to] = frames
		}
		for to, frames := range letters {
			if len(frames) > 0 {
				h.deliver(codec.PartitionID(to), frames, nil)
			}
		}
		return
	}
	for to, frames := range mail {
		if len(frames) > 0 {
			h.deliver(codec.PartitionID(to), frames, nil)
		}
	}
}

// report and prepared tell the coordinator what a partition has to say, and
// partitions what the coordinator has.
func (h *hunt) report(r *cut.Report) {
	mail := make([][]byte, len(h.seats))
	if err := h.coord.Report(r, into(mail)); err != nil {
		h.breaks("the coordinator refuses a report: %v", err)
	}
	h.post(mail)
}

func (h *hunt) prepared(f codec.Prepared) {
	mail := make([][]byte, len(h.seats))
	h.coord.Prepared(f, into(mail))
	h.post(mail)
}

func into(mail [][]byte) cut.Send {
	return func(p codec.PartitionID, frames []byte) { mail[p] = append(mail[p], frames...) }
}

func (h *hunt) restartCoordinator() {
	var err error
	if h.coord, err = cut.New(h.rules, h.borders); err != nil {
		h.breaks("there is no coordinator for these borders: %v", err)
	}
}

// durable tells players how far a partition is durable.
func (h *hunt) durable(d codec.Durable) {
	for _, c := range h.clients {
		c.durable(&d)
	}
}

// assign has a new owner take a partition over. Whoever had it is not told.
func (h *hunt) assign(p codec.PartitionID) {
	h.epoch++
	s, o := h.seats[p], &owner{h: h, p: p, epoch: h.epoch}
	if s.coming != nil {
		s.coming.gone = true
	}
	s.coming, s.epoch = o, h.epoch
	h.stores[p].serve(func() { o.do(o.recover) })
}

// admit makes an owner the one to whom messages go.
func (h *hunt) admit(o *owner) {
	s := h.seats[o.p]
	if s.owner != nil {
		s.old = append(s.old, s.owner)
	}
	s.owner, s.coming = o, nil
}

// retire ends an owner: all that it had in memory is lost. Somebody else follows
// if the partition is without one.
func (h *hunt) retire(o *owner) {
	o.gone = true
	s := h.seats[o.p]
	if s.owner == o {
		s.owner = nil
	}
	if s.coming == o {
		s.coming = nil
	}
	for i, old := range s.old {
		if old == o {
			s.old = append(s.old[:i:i], s.old[i+1:]...)
			break
		}
	}
	h.after(20+h.rng.Int64N(400), func() {
		if s.owner == nil && s.coming == nil {
			h.assign(o.p)
		}
	})
}

// note keeps how far the partition is durable.
func (s *seat) note(now int64, w codec.Watermark) {
	if s.durable != nil && s.durable.Index.Compare(w.Index) >= 0 {
		return
	}
	s.durable = &w
	if now >= s.marked+markEvery {
		s.mark, s.marked = &w, now
	}
}
