package bench

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/partition/world"
	"github.com/huntgraph/huntgraph/transport/journal"
)

// JournalConfig says what a journal is held to.
type JournalConfig struct {
	World      string  // a .world file; empty: a generated world
	Edges      int     // of that, about
	Partitions int     // of that
	Players    int     // of all partitions together
	Rate       float64 // moves a second, open loop
	For        time.Duration
	Round      time.Duration // a round's length; the measured time holds a change of rounds
	Dir        string        // for the streams; empty: a temporary folder, which is deleted
	Seed       uint64
	Watch      world.Watch
	Say        func(string, ...any)
}

// JournalResult is what a hunt's journal does, embedded and synced, while all its
// partitions are played in. Durable lag is from the moment a move is applied to
// the moment its actor knows it to be durable, so the rest of its tick counts; the
// append is the part of that from the moment its record is begun to be appended.
// The floor are as many publishers of the same records on streams of their own,
// as far apart as the partitions' ticks, with no engine beside them.
type JournalResult struct {
	Partitions       int     `json:"partitions"`
	Rounds           int     `json:"rounds"` // that records of the measured time are of
	TickRecordsPerS  float64 `json:"tick_records_per_s"`
	RecordBytesMean  float64 `json:"record_bytes_mean"`
	DurableLagP50MS  float64 `json:"durable_lag_p50_ms"`
	DurableLagP99MS  float64 `json:"durable_lag_p99_ms"`
	AppendP50MS      float64 `json:"append_p50_ms"`
	AppendP99MS      float64 `json:"append_p99_ms"`
	RawPublishP50MS  float64 `json:"raw_publish_p50_ms"`
	RawPublishP99MS  float64 `json:"raw_publish_p99_ms"`
	MovesPerS        float64 `json:"moves_per_s"`
	Refused          int     `json:"refused"` // moves answered with something else than OK
	Missed           int     `json:"missed"`  // moves not made, for the last one was not answered
	DiskBytesPerHour float64 `json:"disk_bytes_per_hour"`
}

// journalRest is how long the crowd sleeps between looks for answers: nobody
// times them here, and a crowd that spins would take a processor from the journal.
const journalRest = 500 * time.Microsecond

func (cfg *JournalConfig) check() error {
	switch {
	case cfg.Partitions < 1 || cfg.Partitions > 1<<10:
		return fmt.Errorf("bench journal: %d partitions: want 1 to 1,024", cfg.Partitions)
	case cfg.Round < time.Second || cfg.Round > codec.MaxRoundTicks*time.Second/codec.TicksPerSecond:
		return fmt.Errorf("bench journal: rounds of %v: want 1s to 5m", cfg.Round)
	case cfg.Round > cfg.For:
		return fmt.Errorf("bench journal: rounds of %v in %v: the measured time would hold no change of rounds", cfg.Round, cfg.For)
	}
	return nil
}

// world is the one to play in.
func (cfg *JournalConfig) world() (*world.World, error) {
	if cfg.World != "" {
		return world.Open(cfg.World)
	}
	graph, err := world.GenerateWatched(world.Plan{Edges: cfg.Edges, Seed: cfg.Seed, Partitions: cfg.Partitions}, cfg.Watch)
	if err != nil {
		return nil, err
	}
	return (&world.Builder{Watch: cfg.Watch}).Build(graph, cfg.Partitions)
}

// step is the hunt that is played.
func (cfg *JournalConfig) step() StepConfig {
	return StepConfig{
		Players: cfg.Players, Treasures: 256, Rate: cfg.Rate, For: cfg.For, MoveLoad: 5, Seed: cfg.Seed,
		Watch: cfg.Watch, Say: cfg.Say, round: cfg.Round, rest: journalRest, records: journal.MaxMessages,
	}
}

// folder is where streams go; done deletes it, if it is a temporary one.
func (cfg *JournalConfig) folder() (dir string, done func() error, err error) {
	if cfg.Dir != "" {
		return cfg.Dir, func() error { return nil }, nil
	}
	if dir, err = os.MkdirTemp("", "hunt-bench-*"); err != nil {
		return "", nil, fmt.Errorf("bench: a folder for the streams: %w", err)
	}
	return dir, func() error { return os.RemoveAll(dir) }, nil
}

// Journal plays a hunt whose records go to an embedded, synced journal.
func Journal(ctx context.Context, cfg JournalConfig) (r JournalResult, err error) {
	if err := cfg.check(); err != nil {
		return r, err
	}
	w, err := cfg.world()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	step := cfg.step()
	if err := step.check(w); err != nil {
		return r, err
	}
	dir, done, err := cfg.folder()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, done()) }()
	records, err := r.engine(ctx, w, step, filepath.Join(dir, "hunt"))
	if err != nil {
		return r, err
	}
	cfg.Say("the floor: %d publishers without an engine", len(records))
	return r, r.floor(ctx, records, cfg.For, filepath.Join(dir, "floor"))
}

// engine plays the hunt, and returns the sizes of each partition's records.
func (r *JournalResult) engine(ctx context.Context, w *world.World, cfg StepConfig, dir string) (records [][]int, err error) {
	server, j, err := openJournal(dir, "bench/journal")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.close()) }()
	meters := make([]*meter, w.Partitions())
	cfg.scribe = actor.NewScribe(nil, slog.Default())
	cfg.journal = func(p codec.PartitionID) (actor.Journal, *meter) {
		meters[p] = newMeter(j.Partition(p))
		return meters[p], meters[p]
	}
	h, err := bootHunt(ctx, w, &cfg)
	if err != nil {
		return nil, err
	}
	before, after, err := r.play(ctx, h, &cfg, dir, meters)
	if err = errors.Join(err, h.close()); err != nil {
		return nil, err
	}
	if err := r.sum(meters, cfg.For); err != nil {
		return nil, err
	}
	r.DiskBytesPerHour = float64(after-before) / cfg.For.Hours()
	for _, m := range meters {
		records = append(records, m.sizes)
	}
	return records, nil
}

// play lets everybody join and measures; it returns how full the disk was before and after.
func (r *JournalResult) play(ctx context.Context, h *hunt, cfg *StepConfig, dir string, meters []*meter) (before, after int64, err error) {
	crowd := newCrowd(h.world, h.links, cfg)
	cfg.Say("%d players join and play", cfg.Players)
	err = crowd.join(ctx, cfg.Players)
	if err == nil {
		err = crowd.play(ctx, cfg.Players, pace{rate: cfg.Rate, length: min(settleTime, cfg.For)})
	}
	if err == nil {
		before, err = bytesIn(dir)
	}
	if err != nil {
		return 0, 0, err
	}
	cfg.Say("measuring")
	for _, m := range meters {
		m.measure(true)
	}
	err = crowd.play(ctx, cfg.Players, pace{rate: cfg.Rate, length: cfg.For})
	for _, m := range meters {
		m.measure(false)
	}
	t := &crowd.tally
	r.MovesPerS, r.Missed, r.Refused = t.rate(), t.missed, t.made-t.codes[codec.CodeOK]
	if err == nil {
		after, err = bytesIn(dir)
	}
	return before, after, err
}

// sum adds up what the partitions' meters saw; their actors have stopped.
func (r *JournalResult) sum(meters []*meter, length time.Duration) error {
	lag, acks := durations(), durations()
	bytes, records := 0, 0
	var rounds []codec.Round
	for p, m := range meters {
		if n := len(m.open); n > 0 {
			return fmt.Errorf("bench journal: partition %d has stopped, and its moves in round %d, tick %d are not durable", p, m.open[0].cut.Round, m.open[0].cut.Tick)
		}
		lag.Merge(m.lag)
		acks.Merge(m.acks)
		for _, n := range m.sizes {
			bytes += n
		}
		records += len(m.sizes)
		rounds = append(rounds, m.rounds...)
	}
	slices.Sort(rounds)
	r.Partitions, r.Rounds = len(meters), len(slices.Compact(rounds))
	r.TickRecordsPerS = float64(records) / length.Seconds()
	r.RecordBytesMean = float64(bytes) / float64(max(records, 1))
	r.DurableLagP50MS, r.DurableLagP99MS = quantiles(lag)
	r.AppendP50MS, r.AppendP99MS = quantiles(acks)
	return nil
}

// embedded is a journal's server and a connection to it.
type embedded struct {
	server *journal.Server
	stop   func()
}

func openJournal(dir, hunt string) (*embedded, *journal.Journal, error) {
	server, err := journal.StartServer(journal.Config{Dir: dir})
	if err != nil {
		return nil, nil, err
	}
	nc, err := server.Connect()
	if err != nil {
		return nil, nil, errors.Join(err, server.Close())
	}
	e := &embedded{server, nc.Close}
	j, err := journal.New(nc, hunt)
	if err != nil {
		return nil, nil, errors.Join(err, e.close())
	}
	return e, j, nil
}

func (e *embedded) close() error {
	e.stop()
	return e.server.Close()
}

// bytesIn is how many bytes the files of a folder have.
func bytesIn(dir string) (n int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return ignoreGone(err)
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return ignoreGone(err)
	})
	if err != nil {
		return 0, fmt.Errorf("bench journal: measure the folder %s: %w", dir, err)
	}
	return n, nil
}

// ignoreGone: a file may be deleted while the folder is walked.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
