package world

// Watch is told how a long piece of work goes on: the stage in hand, and how
// much of it is done. It is called from one goroutine, some thousand times a
// stage at most. An error that it returns ends the work, which returns it. A
// nil Watch is told nothing.
type Watch func(stage string, done, total int) error

func (w Watch) tell(stage string, done, total int) error {
	if w == nil {
		return nil
	}
	return w(stage, done, total)
}
