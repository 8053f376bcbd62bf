package world

// Watch is told how a long piece of work goes on: the stage in hand, and how
// much of it is done. It is called from one goroutine, some thousand times a
// stage at most. A nil Watch is told nothing.
type Watch func(stage string, done, total int)

func (w Watch) tell(stage string, done, total int) {
	if w != nil {
		w(stage, done, total)
	}
}
