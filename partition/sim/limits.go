package sim

// Times are in milliseconds of the simulated clock.
const (
	// tickTime is a tick: a thirtieth of a second, about.
	tickTime = 33

	// troubled, playing and settling are how long the parts of a run last: eleven
	// seconds with faults, some three rounds; two of play without; and at most
	// twenty until all has settled, of which a hand-off needs half a second, a
	// cut two, and a partition that is behind runs its ticks back to back.
	troubled = 11_000
	playing  = 2_000
	settling = 20_000

	// patience is after how long an owner or a player asks again.
	patience = 250
	// markEvery is how often a partition's high-watermark is kept outside its journal.
	markEvery = 1000

	// maxSlots is how many records may wait for the journal, of which roundSlots
	// are kept for a round's end: fewer than an actor has, so that it is seen full.
	maxSlots, roundSlots = 8, 2
	// window is how many records may be under way to the journal.
	window = 4
	// maxMerge is how many ticks a record holds.
	maxMerge = 12
	// spare is how many messages of a round's stream are kept for take-overs when
	// only the round's end still fits: more than a run has.
	spare = 20
	// maxHeld is how many messages wait for an owner that is asleep.
	maxHeld = 64

	// maxBroken is how many findings end a run: what follows the first few is
	// mostly their consequence.
	maxBroken = 5
)
