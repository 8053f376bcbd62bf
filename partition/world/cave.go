package world

// bestCave tries caves, more or less open, and takes the one whose edges are
// nearest to wanted.
func bestCave(seed uint64, number, width, height, wanted int) *Grid {
	var best *Grid
	miss := 0
	walls := 440 // of 1,024 cells, before smoothing
	for try := range cavesTried {
		g := carve(newDraws(seed, uint64(number)<<8|uint64(try)), width, height, walls)
		edges := g.keepLargest()
		off := max(edges, wanted) - min(edges, wanted)
		if best == nil || off < miss {
			best, miss = g, off
		}
		if miss*64 < wanted {
			break
		}
		if edges < wanted {
			walls -= 4
		} else {
			walls += 4
		}
	}
	return best
}

// boxFor is the size of a grid in which a cave of so many edges fits well:
// a cell has about 6.4 edges, about half of the cells are open, and the box is
// six wide to five high.
func boxFor(edges int) (width, height int) {
	cells := edges * 10 / 64 * 2
	unit := 1
	for 30*unit*unit < cells*16 {
		unit++
	}
	return 6*unit/4 + 2, 5*unit/4 + 2
}

// carve makes a cave by cellular automaton: random walls, denser towards a
// rounded rim, smoothed by the neighbours' majority. In the first rounds a
// place without any wall near grows a pillar, which breaks halls up.
func carve(d draws, width, height, walls int) *Grid {
	g := &Grid{Width: width, Height: height, Open: make([]bool, width*height)}
	for i := range g.Open {
		rx, ry := ratio(i%width, width), ratio(i/width, height)
		rim := (rx*rx*rx*rx + ry*ry*ry*ry) >> 22 // 1,024 at the rim
		g.Open[i] = rim < 1024 && d.below(1024) >= walls+(1024-walls)*(rim*rim>>10)>>10
	}
	next := make([]bool, len(g.Open))
	for round := range 6 {
		for y := range height {
			for x := range width {
				near := g.walls(x, y, 1)
				pillar := round < 3 && near <= 1 && g.walls(x, y, 2) <= 1
				next[y*width+x] = near < 5 && !pillar
			}
		}
		g.Open, next = next, g.Open
	}
	return g
}

// ratio is how far a cell's middle is from the grid's, 256 being the edge.
func ratio(i, size int) int {
	r := (2*i + 1 - size) * 256 / size
	return max(r, -r)
}

// walls counts the walls in the square around a cell; beyond the grid is wall.
func (g *Grid) walls(x, y, reach int) int {
	n := (2*reach + 1) * (2*reach + 1)
	left, right := max(x-reach, 0), min(x+reach+1, g.Width)
	for row := max(y-reach, 0); row < min(y+reach+1, g.Height); row++ {
		for _, open := range g.Open[row*g.Width+left : row*g.Width+right] {
			if open {
				n--
			}
		}
	}
	return n
}

// keepLargest closes all cells but those of the largest connected cave and
// returns how many edges that has.
func (g *Grid) keepLargest() (edges int) {
	var largest []int
	seen := make([]bool, len(g.Open))
	for i, open := range g.Open {
		if !open || seen[i] {
			continue
		}
		seen[i] = true
		cave := []int{i}
		for next := 0; next < len(cave); next++ {
			x, y := cave[next]%g.Width, cave[next]/g.Width
			for _, to := range [...][2]int{{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}} {
				if at := to[1]*g.Width + to[0]; g.open(to[0], to[1]) && !seen[at] {
					seen[at] = true
					cave = append(cave, at)
				}
			}
		}
		if len(cave) > len(largest) {
			largest = cave
		}
	}
	clear(g.Open)
	for _, i := range largest {
		g.Open[i] = true
	}
	return len(g.Graph().Head)
}
