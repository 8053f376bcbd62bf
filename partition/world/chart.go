package world

import "slices"

// chart places caves in columns and rows.
type chart struct {
	columns, rows int
	places        []spot
}

// spot is where a cave lies, and the area that its nodes belong to.
type spot struct{ column, row, area int }

// layOut places caves in rows that run to and fro, so that caves next to each
// other in number are next to each other in place. Each is an area.
func layOut(caves int) chart {
	columns := 1
	for 10*columns*columns < 17*caves { // about as wide as a screen
		columns++
	}
	rows := (caves + columns - 1) / columns
	l := chart{columns: (caves + rows - 1) / rows, rows: rows}
	for i := range caves {
		column, row := toAndFro(i, l.columns)
		l.places = append(l.places, spot{column, row, i})
	}
	return l
}

// layOutBlocks places caves in blocks, so that a block has few neighbours for
// its size. Each block is an area.
func layOutBlocks(blocks, each int) chart {
	high := 1
	for 10*high*high < 12*each { // a cave's box is six wide to five high
		high++
	}
	wide := (each + high - 1) / high
	high = (each + wide - 1) / wide // no row is empty, so that blocks meet
	all := layOut(blocks)
	l := chart{columns: all.columns * wide, rows: all.rows * high}
	for b, block := range all.places {
		for i := range each {
			column, row := toAndFro(i, wide)
			l.places = append(l.places, spot{block.column*wide + column, block.row*high + row, b})
		}
	}
	return l
}

func toAndFro(i, columns int) (column, row int) {
	column, row = i%columns, i/columns
	if row%2 == 1 {
		column = columns - 1 - column
	}
	return column, row
}

// links are the pairs of neighbours, in order of number.
func (l *chart) links() (pairs [][2]int) {
	cave := make([]int, l.columns*l.rows) // by place, counted from 1
	for i, at := range l.places {
		cave[at.row*l.columns+at.column] = i + 1
	}
	later := func(a, column, row int) int {
		if column < 0 || column >= l.columns || row < 0 || row >= l.rows || cave[row*l.columns+column] <= a {
			return 0
		}
		return cave[row*l.columns+column]
	}
	for i, at := range l.places {
		near := [...]int{
			later(i+1, at.column-1, at.row), later(i+1, at.column+1, at.row),
			later(i+1, at.column, at.row-1), later(i+1, at.column, at.row+1),
		}
		slices.Sort(near[:])
		for _, b := range near {
			if b > 0 {
				pairs = append(pairs, [2]int{i, b - 1})
			}
		}
	}
	return pairs
}
