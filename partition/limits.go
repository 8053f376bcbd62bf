package partition

import "github.com/huntgraph/huntgraph/codec"

// Every bound of a partition, with its unit and its arithmetic.
const (
	// MaxShard bounds a shard, in bytes.
	MaxShard = 32 << 20

	// ArenaSize is the actor's static working memory, in bytes: the sum of the
	// buffers below.
	ArenaSize   = 256 << 10
	mailboxSize = 32 << 10        // frames in hand: 1,724 moves of 19 bytes
	repliesSize = 32 << 10        // their answers: 630 replies of 52 bytes, then the buffer is sent on
	recordSize  = codec.MaxRecord // the record under construction: 3,800 moves of 17 bytes
	outboxSize  = 48 << 10        // what one tick releases, see below
	// what remains is overlay.Memory: 80 KiB

	// MaxOutbox is the most that one tick releases, in bytes.
	MaxOutbox = outboxSize

	// MaxPlayers is the size of the player table.
	MaxPlayers = 8192
	// playerSlots is the size of its index: at most half full.
	playerSlots = 2 * MaxPlayers

	// maxHandoffs bounds the players that are under way to other partitions: 45
	// milliseconds of a synced answer each, so some 5,000 crossings a second.
	maxHandoffs = 256
	// window is how many hands from one partition to another are kept in mind: at
	// most so many are without an answer; a link's words have a bit for each.
	window = 64
	// repeatTicks is after how long an unanswered hand-off is released again.
	repeatTicks = 15
	// maxAbroad bounds the players of a home that are in other partitions, 8 bytes
	// each; one more does not leave home.
	maxAbroad = 8192

	// MinMain is the fewest nodes that are connected both ways: a player there can
	// move and come back, and one of them has no treasure.
	MinMain = 2

	// MaxTreasures is the most treasures a partition and round.
	MaxTreasures = 512
	// maxOpensPerTick bounds the treasures that open at one tick after the
	// round's first: 512 spread over a round of at least 30 ticks.
	maxOpensPerTick = 64

	// maxPending bounds the weight changes between two refreshes. A change that
	// finds the list full waits for the sweep after the refresh.
	maxPending = 16 << 10
	// maxDeltasPerTick bounds the weight changes of one tick likewise.
	maxDeltasPerTick = 768

	// maxOrders bounds the weights that game events set at one tick; the rest of
	// the tick's deltas is left to congestion. 8 bytes each, 4 KiB.
	maxOrders = 512

	// tickReserve is the part of the outbox that is kept for the tick itself:
	// 768 deltas of 27 bytes, 64 openings and the round's end of at most 40, 18
	// hand-offs of 54: 24 KiB.
	tickReserve = maxDeltasPerTick*codec.DeltaLen + maxOpensPerTick*codec.MaxEventLen + codec.MaxEventLen +
		(maxHandoffs+repeatTicks-1)/repeatTicks*codec.ArriveLen
	// maxStepFrames is the most that one input releases, in bytes: an event, a
	// grant, and a hand-off or the answer to one.
	maxStepFrames = codec.MaxEventLen + codec.GrantLen + codec.ArriveLen

	// MaxBase bounds a base weight, so that a raised one fits 32 bits: a level
	// adds at most the base, and there are at most 15 levels: 2^27 * 16 < 2^32.
	MaxBase  = 1 << 27
	maxRaise = 15

	// MaxDegree bounds the edges of a node: 16 bits count them from 1.
	MaxDegree = 1<<16 - 1

	// updatePerTick is how many points and nodes are settled at a tick to bring
	// hints up to a new cut, about; what is left at the next refresh is done then.
	updatePerTick = 20_000

	// countedPerWork is how many changes to come are counted at a time: workPerCount is
	// about how many points a search settles in the time that one takes, and
	// workPerChange in that of a change by itself.
	countedPerWork = 64
	workPerCount   = 2
	workPerChange  = 4

	// keptSlots is the size of the table of kept edges, and maxKept how many it
	// takes: three quarters. As many edges as change between two refreshes, at the
	// most, need one each for every goal that players have.
	keptSlots = 32 << 10
	maxKept   = keptSlots / 4 * 3

	// poolTenths is how many cells' values all fields together have room for, in
	// tenths of a partition's cells, however many goals there are: with 16, a shard
	// of the 47 million edge world takes 33.5 bytes an edge.
	poolTenths = 74

	// askedCuts is for how many cuts a goal has its field after a way there was
	// asked for: who goes on asking does so once a second, as often as there are cuts.
	askedCuts = 3

	// MaxForks is how many forks a partition has at a time.
	MaxForks = 4

	// renewals is how many joins of a player that is in show within the idle time
	// that it is there: one in 15 s by the default rules.
	renewals = 4

	// idleScan is how many players one look for idle ones passes.
	idleScan = 64
)

// RulesVersion is the version of the rules in DefaultRules.
const RulesVersion = 2

// DefaultRules are the game's rules: at most 10 moves a second (one per 3
// ticks), 5 at once; players idle for a minute may be expired. Two moves along
// an edge within a second raise its weight by a quarter of the base, up to
// three times the base; without moves a load halves in about five seconds.
func DefaultRules() codec.Rules {
	return codec.Rules{
		Version:      RulesVersion,
		RoundTicks:   codec.MaxRoundTicks,
		RefreshTicks: 30,
		SweepTicks:   30,
		MoveLoad:     8,
		DecayShift:   3,
		LevelLoad:    16,
		Hysteresis:   8,
		MaxLevel:     8,
		LevelShift:   2,
		MoveTicks:    3,
		MoveBurst:    5,
		IdleTicks:    60 * codec.TicksPerSecond,
		Treasures:    256,
		OpenAtStart:  8,
	}
}

// CheckRules reports whether this binary can run the rules.
func CheckRules(u codec.Rules) error {
	switch {
	case u.Version != RulesVersion:
		return ErrRulesVersion
	case u.RoundTicks < codec.TicksPerSecond || u.RoundTicks > codec.MaxRoundTicks,
		u.RefreshTicks == 0, u.SweepTicks == 0,
		u.DecayShift > 7, u.LevelLoad == 0,
		u.MaxLevel > maxRaise, u.LevelShift > 31,
		int(u.LevelLoad)*int(u.MaxLevel) > 255,
		u.MoveTicks == 0, u.MoveBurst == 0, u.IdleTicks == 0,
		u.Treasures > MaxTreasures, u.OpenAtStart > u.Treasures,
		(int(u.Treasures)+int(u.RoundTicks)-1)/int(u.RoundTicks) > maxOpensPerTick:
		return ErrRules
	}
	return nil
}
