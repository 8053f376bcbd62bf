package overlay

// Level is what the cells of one level come to.
type Level struct {
	Cells     int
	Points    int
	MaxNodes  int // of a cell
	MaxPoints int // of a cell
	Entries   int // in the cliques: distances of 4 bytes
}

// Levels describes the levels of cells, from the lowest.
func (s *Shape) Levels() []Level {
	list := make([]Level, s.levels)
	for i := range list {
		t := &s.level[i+1]
		l := Level{Cells: t.cells(), Points: t.points(), Entries: int(t.at[t.cells()])}
		for k := range uint32(t.cells()) {
			lo, hi := t.span(k)
			l.MaxPoints = max(l.MaxPoints, int(hi-lo))
			l.MaxNodes = max(l.MaxNodes, int(s.lo[t.from[k+1]]-s.lo[t.from[k]]))
		}
		list[i] = l
	}
	return list
}
