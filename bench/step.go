package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unsafe"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/partition/world"
)

// StepConfig says what a hunt at full size is held to.
type StepConfig struct {
	World     string        // a .world file
	Players   int           // at most partition.MaxPlayers a partition
	Treasures int           // open at the round's start, all partitions together, about
	Rate      float64       // moves a second, open loop
	For       time.Duration // the measured time; longer if the moves due in it, or a first cut, take longer
	Refresh   int           // ticks from one cut to the next; 0: the rules'
	Goals     int           // named goals, and every player one of them or the nearest treasure
	MoveLoad  int           // what a move adds to its edge's load; 0: the rules'
	Pin       bool          // bind each actor to a processor, in turn
	Seed      uint64
	Watch     world.Watch // is told how far the boot is
	Say       func(string, ...any)

	// for other benchmarks of a whole hunt
	journal func(codec.PartitionID) (actor.Journal, *meter) // nil: one that acknowledges at once, and no meter
	records uint64                                          // that it takes a round; 0: any number
	scribe  *actor.Scribe                                   // nil: no snapshots
	marks   []codec.Watermark                               // that the journal must reach, by partition; nil: it begins
	epoch   codec.Epoch                                     // of its owner; 0: the first
	round   time.Duration                                   // its length; 0: longer than the run
	rest    time.Duration                                   // of the crowd between two looks for answers; 0: it spins
}

// StepResult is what it did. Residence is from the moment a move is due to the
// moment its reply is in the crowd's hands, so whatever delays the crowd counts
// too; service is from decode to encode; hiccup is how late a thread that only
// looks at the clock sees moments at that rate pass, before and after the hunt.
type StepResult struct {
	Edges             int      `json:"edges"`
	Partitions        int      `json:"partitions"`
	Players           int      `json:"players"`
	BootS             float64  `json:"boot_s"`
	ShardBytesMax     int      `json:"shard_bytes_max"`
	ArenaBytes        int      `json:"arena_bytes"`
	BytesPerEdge      float64  `json:"bytes_per_edge"`
	Moves             int      `json:"moves"` // applied in the measured time
	Rate              float64  `json:"rate"`  // of these, a second
	WeightChangesPerS float64  `json:"weight_changes_per_s"`
	WeightChangeShare float64  `json:"weight_change_share"` // of the moves
	CrossingsPerS     float64  `json:"crossings_per_s"`     // moves that lead into another partition
	GrantsPerS        float64  `json:"grants_per_s"`
	Refreshes         int      `json:"refreshes"`
	RefreshTicks      int      `json:"refresh_ticks"`
	HintAgeP50Ticks   int      `json:"hint_age_p50_ticks"`
	HintAgeP99Ticks   int      `json:"hint_age_p99_ticks"`
	SampledHints      int      `json:"sampled_hints"`
	SampledMismatches int      `json:"sampled_mismatches"`
	ServiceMeanUS     float64  `json:"service_mean_us"`
	ServiceP99US      float64  `json:"service_p99_us"`
	ResidenceP50US    float64  `json:"residence_p50_us"`
	ResidenceP99US    float64  `json:"residence_p99_us"`
	HiccupP99US       float64  `json:"hiccup_p99_us"`
	TickSliceP99US    float64  `json:"tick_slice_p99_us"`
	TickSliceShare    float64  `json:"tick_slice_share"` // of one processor's time
	Refused           int      `json:"refused"`          // moves answered with something else than OK
	Missed            int      `json:"missed"`           // moves not made, for the last one was not answered
	AllocsPerMove     float64  `json:"allocs_per_move"`
	AllocSites        []string `json:"alloc_sites,omitempty"` // where, if it is not 0
	HeapGrowthBytes   int64    `json:"heap_growth_bytes"`
	RSSAt80k          int64    `json:"rss_at_80k_bytes"`  // with 80 of every 150 players
	RSSAt150k         int64    `json:"rss_at_150k_bytes"` // with all
	MaxRate           float64  `json:"max_rate"`
}

const (
	// settleTime is played before anything is measured: the first cuts pass.
	settleTime = 4 * time.Second
	// maxTime is how long the highest rate is tried, with maxWindow moves on their way.
	maxTime   = 5 * time.Second
	maxWindow = 256
	// The audit: that many cuts, samples of each, and replies between two samples.
	auditCuts    = 2
	auditSamples = 10_000
	auditSkip    = 7
	// auditPatience is how often the time between two cuts is waited for hints of one, at least for a stall.
	auditPatience = 20
	// lastTime bounds what comes before and after the measured time, so that the
	// round is longer: joins, settling, the highest rate, the audit.
	lastTime = 60 * time.Second
)

func (cfg *StepConfig) check(w *world.World) error {
	switch most := partition.MaxPlayers * w.Partitions(); {
	case cfg.Players < 2 || cfg.Players > most:
		return fmt.Errorf("bench step: %d players: want 2 to %d in %d partitions", cfg.Players, most, w.Partitions())
	case cfg.Treasures < 1 || cfg.Treasures > codec.MaxTreasures:
		return fmt.Errorf("bench step: %d treasures: want 1 to %d", cfg.Treasures, codec.MaxTreasures)
	case !(cfg.Rate >= 1 && cfg.Rate <= 1e7): // NaN too
		return fmt.Errorf("bench step: %v moves a second: want 1 to ten million", cfg.Rate)
	case cfg.For < 100*time.Millisecond || cfg.For > 4*time.Minute:
		return fmt.Errorf("bench step: %v: want 100ms to 4m, so that it fits a round", cfg.For)
	case cfg.Refresh < 0 || cfg.Refresh > codec.MaxRoundTicks:
		return fmt.Errorf("bench step: a cut every %d ticks", cfg.Refresh)
	case cfg.Goals < 0 || cfg.Goals > codec.MaxGoals:
		return fmt.Errorf("bench step: %d named goals: want 0 to %d", cfg.Goals, codec.MaxGoals)
	case cfg.MoveLoad < 0 || cfg.MoveLoad > 255:
		return fmt.Errorf("bench step: a move adds a load of %d: want 0 to 255", cfg.MoveLoad)
	}
	return nil
}

// stepRules are the default rules for a round as long as the run. All the
// treasures that a round may have open over that time, so that whoever loses
// one is led to the next.
func (cfg *StepConfig) rules(w *world.World) codec.Rules {
	partitions := w.Partitions()
	rules := partition.DefaultRules()
	rules.RoundTicks = uint32((cfg.For + lastTime) * codec.TicksPerSecond / time.Second)
	if cfg.round > 0 {
		rules.RoundTicks = uint32(cfg.round * codec.TicksPerSecond / time.Second)
	}
	rules.OpenAtStart = uint16((cfg.Treasures + partitions - 1) / partitions)
	rules.Treasures = max(rules.OpenAtStart, uint16(min(codec.MaxTreasures/partitions, partition.MaxTreasures)))
	if cfg.Refresh > 0 {
		rules.RefreshTicks = uint16(cfg.Refresh)
	}
	if cfg.MoveLoad > 0 {
		rules.MoveLoad = uint8(cfg.MoveLoad)
	}
	for g := range cfg.Goals { // far apart: in other partitions, where there are as many
		part := &w.Cut[g*partitions/cfg.Goals]
		rules.Goals[g] = codec.Goal{Name: codec.NameOf(fmt.Sprintf("goal-%d", g+1)), Node: part.FirstNode + codec.NodeID(part.Nodes/2)}
	}
	return rules
}

// Step plays a whole hunt in this process, frame to frame: every partition of a
// world with its actor, ticks, refreshes and state hashes, a crowd that follows
// its hints, and a journal that acknowledges at once.
func Step(ctx context.Context, cfg StepConfig) (r StepResult, err error) {
	w, err := world.Open(cfg.World)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := cfg.check(w); err != nil {
		return r, err
	}
	var seen actor.Counts
	calm := max(cfg.For/10, 100*time.Millisecond)
	hiccups(ctx, cfg.Rate, calm, &seen)
	began := nanotime()
	h, err := bootHunt(ctx, w, &cfg)
	if err != nil {
		return r, err
	}
	r.BootS = time.Duration(nanotime() - began).Seconds()
	r.describe(h)
	audits, err := r.run(ctx, h, cfg)
	if err = errors.Join(err, h.close()); err != nil {
		return r, err
	}
	hiccups(ctx, cfg.Rate, calm, &seen)
	r.HiccupP99US = us(seen.Quantile(0.99))
	cfg.Say("comparing hints with Dijkstra")
	in := newIncoming(w)
	for _, a := range audits {
		r.SampledHints += len(a.samples)
		r.SampledMismatches += a.mismatches(w, in)
	}
	return r, nil
}

func (r *StepResult) describe(h *hunt) {
	r.Edges, r.Partitions = h.world.Edges(), len(h.parts)
	r.ArenaBytes, r.RefreshTicks = int(unsafe.Sizeof(partition.Arena{})), int(h.rules.RefreshTicks)
	total := 0
	for _, p := range h.parts {
		r.ShardBytesMax = max(r.ShardBytesMax, len(p.mem))
		total += len(p.mem)
	}
	r.BytesPerEdge = float64(total) / float64(r.Edges)
}

// run plays the phases one after the other.
func (r *StepResult) run(ctx context.Context, h *hunt, cfg StepConfig) (audits []*audit, err error) {
	crowd := newCrowd(h.world, h.links, &cfg)
	r.Players = cfg.Players
	open := pace{rate: cfg.Rate, length: min(settleTime, cfg.For)}
	for _, at := range []struct {
		players int
		rss     *int64
	}{{max(1, cfg.Players*80/150), &r.RSSAt80k}, {cfg.Players, &r.RSSAt150k}} {
		cfg.Say("%d players join and play", at.players)
		if err = crowd.join(ctx, at.players); err == nil {
			err = crowd.play(ctx, at.players, open)
		}
		if err == nil {
			*at.rss, err = resident()
		}
		if err != nil {
			return nil, err
		}
	}
	cfg.Say("measuring")
	if err := r.measure(ctx, h, crowd, cfg); err != nil {
		return nil, err
	}
	cfg.Say("taking samples of hints")
	for range auditCuts {
		a, err := r.listen(ctx, h, crowd, cfg)
		if err != nil {
			return nil, err
		}
		audits = append(audits, a)
		if len(a.samples) == 0 {
			break // another cut would not come sooner
		}
	}
	cfg.Say("the highest rate")
	if err := crowd.play(ctx, cfg.Players, pace{rate: cfg.Rate, window: maxWindow, length: min(maxTime, cfg.For)}); err != nil {
		return nil, err
	}
	r.MaxRate = crowd.tally.rate()
	return audits, nil
}

// measure is the time that all figures of moves are of.
func (r *StepResult) measure(ctx context.Context, h *hunt, crowd *crowd, cfg StepConfig) error {
	live := heap()
	h.service() // what came before is not measured
	// All that an actor does but wait: the runtime keeps its own lists for that.
	count := countSites("actor.(*Actor).drain", "actor.(*Actor).pass", "actor.(*Actor).idle", "actor.(*Actor).release")
	before := h.load()
	due := int(cfg.Rate * cfg.For.Seconds())
	whole := func() bool {
		return crowd.tally.made+crowd.tally.missed >= due && h.load().cuts > before.cuts
	}
	if err := crowd.play(ctx, cfg.Players, pace{rate: cfg.Rate, length: cfg.For, until: whole}); err != nil {
		return err
	}
	after := h.load()
	objects, where := count.total()
	r.HeapGrowthBytes = int64(heap()) - int64(live)
	if rss, err := resident(); err == nil {
		r.RSSAt150k = max(r.RSSAt150k, rss)
	}

	t := &crowd.tally
	moves := t.codes[codec.CodeOK]
	seconds := time.Duration(t.ended - t.began).Seconds()
	r.Moves, r.Rate, r.Missed = moves, t.rate(), t.missed
	r.Refused = t.made - moves
	r.WeightChangesPerS = float64(after.deltas-before.deltas) / seconds
	r.WeightChangeShare = float64(after.deltas-before.deltas) / float64(max(moves, 1))
	r.CrossingsPerS = float64(t.crossed) / seconds
	r.GrantsPerS = float64(after.grants-before.grants) / seconds
	r.Refreshes = int(after.cuts - before.cuts)
	r.HintAgeP50Ticks, r.HintAgeP99Ticks = t.agePercentile(0.5), t.agePercentile(0.99)
	r.ResidenceP50US, r.ResidenceP99US = us(t.residence.Quantile(0.5)), us(t.residence.Quantile(0.99))
	after.away.Less(&before.away)
	r.TickSliceP99US = us(after.away.Quantile(0.99))
	r.TickSliceShare = float64(after.awayNanos-before.awayNanos) / 1e9 / seconds
	service, mean := h.service()
	r.ServiceMeanUS, r.ServiceP99US = us(mean), us(service.Quantile(0.99))
	r.AllocsPerMove, r.AllocSites = float64(objects)/float64(max(moves, 1)), where
	return nil
}

// listen plays until hints of one more cut have come and gone, and takes samples of them.
func (r *StepResult) listen(ctx context.Context, h *hunt, crowd *crowd, cfg StepConfig) (*audit, error) {
	var a *audit
	begin := func() {
		a = newAudit(codec.Tick(h.load().cut), len(h.parts), auditSamples, auditSkip)
		h.audit.Store(a)
		crowd.audit = a
	}
	begin()
	defer func() {
		h.audit.Store(nil)
		crowd.audit = nil
	}()
	open := pace{rate: cfg.Rate, length: time.Duration(h.rules.RefreshTicks) * time.Second / codec.TicksPerSecond}
	before := 0
	for end := nanotime() + int64(max(auditPatience*open.length, stall)); nanotime() < end; {
		if err := crowd.play(ctx, cfg.Players, open); err != nil {
			return nil, err
		}
		if n := len(a.samples); n == cap(a.samples) || n > 0 && n == before {
			break
		}
		if before = len(a.samples); a.missed(h) {
			begin()
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.missing > 0 {
		return nil, fmt.Errorf("bench step: of cut %d %d partitions' parts are missing, and there are %d samples", a.cut.Load(), a.missing, len(a.samples))
	}
	return a, nil
}
