package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/offheap"
	"github.com/huntgraph/huntgraph/partition/world"
)

// workPerTick is how many points a slice of the work behind moves settles.
const workPerTick = 400

// AllocConfig says how much to play.
type AllocConfig struct {
	Moves   int    // applied moves to count over
	World   string // a .world file, whose first partition is played, as an island; empty: a generated one
	Edges   int    // of the generated world, about; one partition
	Players int    // at most partition.MaxPlayers
	Seed    uint64 // of the world and the round
}

// AllocResult is what a run allocated. The rival is the same moves answered
// through the heap: a reply allocated for each, as a decoder without an arena
// would; its figure shows that the counter counts: one for each answered move,
// and there are more answers than applied moves.
type AllocResult struct {
	Moves          int      `json:"moves"`
	Ticks          int      `json:"ticks"`
	WorldEdges     int      `json:"world_edges"`
	PartitionEdges int      `json:"partition_edges"`
	Players        int      `json:"players"`
	AllocsPerMove  float64  `json:"allocs_per_move"`
	AllocSites     []string `json:"alloc_sites,omitempty"` // where, if it is not 0
	RivalPerMove   float64  `json:"rival_allocs_per_move"`
	HeapGrowth     int64    `json:"heap_growth_bytes"`
	ArenaBytes     int      `json:"arena_bytes"`
	ShardBytes     int      `json:"shard_bytes"`
	ServiceMeanNS  float64  `json:"service_mean_ns"`
	GrantsReleased int      `json:"grants"`
}

// Alloc plays players that follow their hints through Step and Tick, frame to
// frame, and counts what the heap was asked for.
func Alloc(ctx context.Context, cfg AllocConfig) (r AllocResult, err error) {
	if cfg.Moves < 1 || cfg.Players < 1 || cfg.Players > partition.MaxPlayers {
		return r, fmt.Errorf("bench alloc: %d moves of %d players: want at least 1 of each, and at most %d players",
			cfg.Moves, cfg.Players, partition.MaxPlayers)
	}
	w, err := cfg.world()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	topo := island(w, 0)
	if r.ShardBytes, err = partition.MemorySize(&topo, partition.DefaultRules()); err != nil {
		return r, err
	}
	mem, err := offheap.Map(r.ShardBytes)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, offheap.Unmap(mem)) }()
	core, err := partition.New(topo, partition.DefaultRules(), mem, new(partition.Arena))
	if err != nil {
		return r, err
	}
	p := newPlay(core, cfg)
	r.WorldEdges, r.PartitionEdges, r.Players, r.ArenaBytes = w.Edges(), len(topo.Head), cfg.Players, int(unsafe.Sizeof(*core.Arena))
	if err := p.warm(); err != nil {
		return r, err
	}

	const path = "bench.(*play).run"
	count, before := countSites(path), heap()
	began := time.Now()
	if err := p.run(ctx, cfg.Moves, p.answer); err != nil {
		return r, err
	}
	r.ServiceMeanNS = float64(time.Since(began)) / float64(p.moves)
	r.HeapGrowth = int64(heap()) - int64(before)
	objects, where := count.total()
	r.Moves, r.Ticks, r.GrantsReleased = p.moves, p.ticks, p.grants
	r.AllocsPerMove, r.AllocSites = float64(objects)/float64(p.moves), where

	count = countSites(path)
	if err := p.run(ctx, cfg.Moves/10+1, p.answerOnHeap); err != nil {
		return r, err
	}
	objects, _ = count.total()
	r.RivalPerMove = float64(objects) / float64(p.moves)
	return r, nil
}

// world is what is played on.
func (cfg *AllocConfig) world() (*world.World, error) {
	if cfg.World != "" {
		return world.Open(cfg.World)
	}
	graph, err := world.Generate(world.Plan{Edges: cfg.Edges, Seed: cfg.Seed, Partitions: 1})
	if err != nil {
		return nil, err
	}
	return world.Build(graph, 1)
}

// island is a partition of a world without the edges to others, whose cuts
// nobody coordinates here.
func island(w *world.World, p codec.PartitionID) partition.Topology {
	t := partition.Topology(w.Part(p))
	end := t.FirstNode + codec.NodeID(len(t.First)-1)
	first, head, base := []uint32{uint32(t.FirstEdge)}, []uint32(nil), []uint32(nil)
	for n := range len(t.First) - 1 {
		for e := t.First[n] - uint32(t.FirstEdge); e < t.First[n+1]-uint32(t.FirstEdge); e++ {
			if h := codec.NodeID(t.Head[e]); h >= t.FirstNode && h < end {
				head, base = append(head, t.Head[e]), append(base, t.Base[e])
			}
		}
		first = append(first, uint32(t.FirstEdge)+uint32(len(head)))
	}
	t.First, t.Head, t.Base = first, head, base
	t.Entries, t.Parts = nil, nil
	return t
}

// heap is how many bytes live on it.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// play is a crowd that follows its hints; all that it needs is made before the count.
type play struct {
	core   *partition.Core
	seed   uint64
	seq    []codec.MoveSeq
	hint   []codec.Hint
	node   []codec.NodeID
	frame  []byte
	reply  []byte
	leaked []byte // what answerOnHeap lets escape

	moves, ticks, grants int
}

func newPlay(core *partition.Core, cfg AllocConfig) *play {
	return &play{
		core: core, seed: cfg.Seed,
		seq: make([]codec.MoveSeq, cfg.Players), hint: make([]codec.Hint, cfg.Players), node: make([]codec.NodeID, cfg.Players),
		frame: make([]byte, 0, codec.MaxFrame), reply: make([]byte, 0, codec.MaxFrame),
	}
}

func (p *play) id(player int) codec.PlayerID { return codec.PlayerID(player + 1) }

// warm begins the first round and lets everybody join.
func (p *play) warm() error {
	p.core.BeginRound(1, roundSeed(p.seed, 1))
	p.core.Lead()
	for i := range p.seq {
		in := codec.Input{Kind: codec.InputJoin, Player: p.id(i)}
		code := p.core.Step(&in)
		if code == codec.CodeNotNow {
			p.core.Tick()
			code = p.core.Step(&in)
		}
		if code != codec.CodeOK {
			return fmt.Errorf("bench alloc: player %d joins: %v", i, code)
		}
		j := p.core.Joined(p.id(i), code, false)
		p.hint[i], p.node[i] = j.Hint, j.Node
	}
	return nil
}

// run plays until that many moves were applied: a tick, then a move of everybody who may.
func (p *play) run(ctx context.Context, moves int, answer func(int, codec.Move)) error {
	p.moves, p.ticks, p.grants = 0, 0, 0
	for p.moves < moves {
		if p.ticks%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		for i := range p.seq {
			answer(i, codec.Move{Player: p.id(i), Seq: p.seq[i] + 1, Edge: p.edge(i)})
		}
		p.core.Tick()
		for p.core.Work(workPerTick) { // as an actor does behind its moves
		}
		p.ticks++
		p.grants += grants(p.core.Outbox())
		if p.core.RoundOver() {
			p.core.BeginRound(p.core.Round()+1, roundSeed(p.seed, p.core.Round()+1))
		}
	}
	return nil
}

// edge is the hinted one; where the hint leads no further, one in turn.
func (p *play) edge(i int) codec.EdgeID {
	if h := &p.hint[i]; h.Edge != codec.NoEdge && !h.Claimed {
		return h.Edge
	}
	topo := p.core.Topology()
	local := p.node[i] - topo.FirstNode
	first, next := topo.First[local], topo.First[local+1]
	return codec.EdgeID(first + uint32(p.moves+i)%(next-first))
}

// answer goes from the move's frame to the reply's, as an actor does.
func (p *play) answer(i int, m codec.Move) {
	p.frame = m.Append(p.frame[:0])
	_, payload, _, err := codec.Next(p.frame)
	if err == nil {
		m, err = codec.ParseMove(payload)
	}
	if err != nil {
		panic("bench: a frame that was just written cannot be read")
	}
	in := codec.Input{Kind: codec.InputMove, Player: m.Player, Seq: m.Seq, Edge: m.Edge}
	reply := p.core.Reply(m.Player, m.Seq, p.core.Step(&in))
	p.reply = reply.Append(p.reply[:0])
	p.seq[i], p.node[i], p.hint[i] = reply.Last, reply.Node, reply.Hint
	if reply.Code == codec.CodeOK {
		p.moves++
	}
}

func (p *play) answerOnHeap(i int, m codec.Move) {
	p.answer(i, m)
	p.leaked = append([]byte(nil), p.reply...)
}

// grants counts the grants among frames.
func grants(frames []byte) (n int) {
	for len(frames) > 0 {
		typ, _, rest, err := codec.Next(frames)
		if err != nil {
			panic("bench: the outbox cannot be read")
		}
		if typ == codec.TypeGrant {
			n++
		}
		frames = rest
	}
	return n
}
