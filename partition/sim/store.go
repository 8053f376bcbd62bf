package sim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/actor"
)

// store is a partition's journal: a stream of records for each round.
type store struct {
	h       *hunt
	p       codec.PartitionID
	streams []*stream // by round
	until   int64     // it answers nothing before then
	tear    bool      // it stops in the middle of the next append

	snapshots []stored // rising
	rotten    []codec.Index
}

type stream struct {
	round   codec.Round
	records [][]byte
}

// answer is what the journal says to one request.
type answer struct {
	heard  bool // it came
	done   bool // the request was carried out
	last   uint64
	record []byte // at the sequence that was asked for
}

// serve carries a request out as soon as the journal works.
func (st *store) serve(f func()) {
	if wait := st.until - st.h.now; wait > 0 {
		st.h.after(wait+st.h.rng.Int64N(5), func() { st.serve(f) })
		return
	}
	f()
}

func (st *store) stall(time int64) { st.until = max(st.until, st.h.now+time) }

// stream is a round's, or nil.
func (st *store) stream(round codec.Round) *stream {
	for _, s := range st.streams {
		if s.round == round {
			return s
		}
	}
	return nil
}

func (st *store) create(round codec.Round) answer {
	if st.stream(round) == nil {
		st.streams = append(st.streams, &stream{round: round})
	}
	return answer{heard: true, done: true}
}

// append stores a record at its place, or nowhere; behind the one that before
// is the hash of, if it is not zero.
func (st *store) append(at codec.Index, record []byte, before codec.Hash) answer {
	s := st.stream(at.Round)
	if s == nil {
		return answer{heard: true}
	}
	if uint64(len(s.records)) != at.Seq-1 && st.h.planted != noFence {
		return answer{heard: true, last: uint64(len(s.records))}
	}
	if before != (codec.Hash{}) && st.h.planted != unlinked && sha256.Sum256(s.records[at.Seq-2]) != before {
		return answer{heard: true, last: uint64(len(s.records))}
	}
	if st.tear {
		st.tear = false
		st.tearAt(s, record)
		return answer{}
	}
	if st.h.planted == lostRecord && st.h.rng.IntN(50) == 0 {
		return answer{heard: true, done: true}
	}
	if n := uint64(len(s.records)); n > 0 && n == st.h.records {
		st.h.breaks("partition %d: the stream of round %d is full, at tick %d", st.p, at.Round, st.h.judge.ledgers[st.p].tick)
	}
	s.records = append(s.records, record)
	st.h.judge.accepted(st.p, codec.Index{Round: at.Round, Seq: uint64(len(s.records))}, record)
	return answer{heard: true, done: true}
}

// tearAt is a crash of the journal while it writes. When it is back it finds the
// record's beginning, whose checksum is missing, and drops it: nobody was told.
func (st *store) tearAt(s *stream, record []byte) {
	st.h.Torn++
	st.stall(200 + st.h.rng.Int64N(800))
	if st.h.planted == tornTail {
		s.records = append(s.records, record[:1+st.h.rng.IntN(len(record)-1)])
	}
}

// look reads one record back, and how far the stream goes.
func (st *store) look(at codec.Index) answer {
	a := answer{heard: true, done: true}
	if s := st.stream(at.Round); s != nil {
		if a.last = uint64(len(s.records)); a.last >= at.Seq {
			a.record = s.records[at.Seq-1]
		}
	}
	return a
}

// copy is the journal as it is now.
func (st *store) copy() *store {
	c := &store{h: st.h, p: st.p, snapshots: slices.Clone(st.snapshots)}
	for _, s := range st.streams {
		s := *s
		s.records = slices.Clone(s.records)
		c.streams = append(c.streams, &s)
	}
	return c
}

// reading is the journal as a replay reads it, all at once.
type reading struct{ *store }

var (
	errReadOnly = errors.New("sim: a replay writes to the journal")
	errNothing  = errors.New("sim: nothing is stored there")
)

func (r reading) Rounds(context.Context) (rounds []codec.Round, err error) {
	for _, s := range r.streams {
		rounds = append(rounds, s.round)
	}
	slices.Sort(rounds)
	return rounds, nil
}

func (r reading) Last(_ context.Context, round codec.Round) (uint64, bool, error) {
	s := r.stream(round)
	if s == nil {
		return 0, false, nil
	}
	return uint64(len(s.records)), true, nil
}

func (r reading) Read(_ context.Context, round codec.Round, from uint64, fn func(uint64, []byte) error) error {
	s := r.stream(round)
	if s == nil {
		return errNothing
	}
	for i, record := range s.records {
		if seq := uint64(i + 1); seq >= from {
			if err := fn(seq, bytes.Clone(record)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r reading) Record(_ context.Context, at codec.Index) ([]byte, bool, error) {
	a := r.look(at)
	return a.record, a.record != nil, nil
}

func (r reading) Snapshots(context.Context) (all []codec.Index, err error) {
	for _, s := range r.snapshots {
		all = append(all, s.at)
	}
	return all, nil
}

func (r reading) Snapshot(_ context.Context, at codec.Index) ([]byte, error) {
	i, there := r.find(at)
	if !there {
		return nil, errNothing
	}
	return r.snapshots[i].data, nil
}

func (reading) Create(context.Context, codec.Round) error              { return errReadOnly }
func (reading) Append(context.Context, codec.Index, []byte) error      { return errReadOnly }
func (reading) Start(codec.Index, []byte) actor.Pending                { panic(errReadOnly) }
func (reading) PutSnapshot(context.Context, codec.Index, []byte) error { return errReadOnly }
