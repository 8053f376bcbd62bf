package actor

import "runtime"

// Turns lets only so many actors do background work at a time: whoever has put a
// value in has a turn, and takes it out afterwards. All actors of a process share one.
type Turns chan struct{}

// NewTurns leaves one processor to moves, where there is more than one.
func NewTurns() Turns { return make(Turns, max(1, runtime.GOMAXPROCS(0)-1)) }

// turn is where to ask for a turn: nowhere while there is nothing to do in it,
// or a move to answer first.
func (a *Actor) turn() Turns {
	if a.behind && len(a.mailbox) == 0 {
		return a.cfg.Turns
	}
	return nil
}

// idle uses a turn while nothing waits for the actor. It goes on for several
// slices because the next actor would find the processor's caches cold. After
// each it lets those run that wait for the processor: whoever gets the turn next
// would run before them, and those in turn would keep them waiting for long.
func (a *Actor) idle() {
	for range maxSlices {
		a.work()
		runtime.Gosched()
		if !a.behind || len(a.mailbox) > 0 || len(a.written) > 0 {
			return
		}
	}
}

// share gives the background its share of an actor that always has moves to
// answer, without a turn: hints get up to date in bounded time even then.
func (a *Actor) share(moves int) {
	a.unshared += moves
	if a.behind && a.unshared >= movesPerSlice {
		a.work()
	}
}

// work does one slice of what the core does behind its moves.
func (a *Actor) work() {
	began := a.cfg.Nanotime()
	a.behind = a.core.Work(sliceWork)
	a.unshared = 0
	if !a.behind {
		a.offerCut()
	}
	a.cfg.Metrics.Slices.Observe(a.cfg.Nanotime()-began, 1)
}
