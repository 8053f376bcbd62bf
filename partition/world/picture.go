package world

import (
	"image"
	"image/color"
	"math"

	"github.com/huntgraph/huntgraph/codec"
)

const (
	// PictureSide is how many pixels a picture has on its longer side at the most.
	PictureSide = 2000
	maxCellSide = 16 // pixels of a grid's cell, so that small worlds stay small
)

// Sketch says what a picture of a world shows.
type Sketch struct {
	Level int  // colours are those of the cells of a level; 0: of the partitions
	Way   *Way // drawn on top; may be nil
}

// Picture draws the cut: every partition, or every cell of a level, in a colour
// of its own, darker where its nodes are not in the main part, and bright where
// an edge leads to another partition. A large world is drawn smaller, at a pixel
// a node.
func (w *World) Picture(s Sketch) *image.NRGBA {
	d := w.canvas()
	w.eachNode(s.Level, func(v uint32, c *Part, group int) { // ways first: nodes lie on top of them
		for _, h := range w.Head[w.First[v]:w.First[v+1]] {
			if h-uint32(c.FirstNode) < c.Nodes {
				d.line(v, h, ink(group, d.cell > 1)) // a road graph is mostly its ways
			}
		}
	})
	rest := w.Rest
	w.eachNode(s.Level, func(v uint32, _ *Part, group int) {
		outside := len(rest) > 0 && rest[0] == v
		if outside {
			rest = rest[1:]
		}
		d.node(v, ink(group, outside))
	})
	for _, c := range w.Cut {
		for v := uint32(c.FirstNode); v < uint32(c.FirstNode)+c.Nodes; v++ {
			for _, h := range w.Head[w.First[v]:w.First[v+1]] {
				if h-uint32(c.FirstNode) >= c.Nodes {
					d.line(v, h, border)
					d.node(v, border)
				}
			}
		}
	}
	if s.Way != nil {
		d.way(s.Way.Nodes)
	}
	return d.NRGBA
}

// eachNode goes over the nodes in order, with their partition and the number of
// their cell of a level, or of the partition at level 0.
func (w *World) eachNode(level int, do func(v uint32, c *Part, group int)) {
	group, nest := -1, w.Nest
	for p := range w.Cut {
		c := &w.Cut[p]
		group++ // a partition begins with a cell, or has none
		for v := uint32(c.FirstNode); v < uint32(c.FirstNode)+c.Nodes; v++ {
			if len(nest) > 0 && nest[0] == v {
				if level > 0 && int(nest[1]) >= level && v > uint32(c.FirstNode) {
					group++
				}
				nest = nest[2:]
			}
			do(v, c, group)
		}
	}
}

var (
	paper  = color.NRGBA{0x12, 0x14, 0x18, 0xff}
	border = color.NRGBA{0xff, 0xf2, 0xc4, 0xff}
	trail  = color.NRGBA{0xff, 0x5a, 0x36, 0xff}
)

// way draws a way with round ends, thick enough to be seen in a large world.
func (d *canvas) way(nodes []codec.NodeID) {
	for i, n := range nodes {
		d.dot(uint32(n), 1)
		if i > 0 {
			d.line(uint32(nodes[i-1]), uint32(n), trail)
		}
	}
	d.dot(uint32(nodes[0]), 6)
	d.dot(uint32(nodes[len(nodes)-1]), 6)
}

// dot fills a disc around a node's middle.
func (d *canvas) dot(n uint32, radius int) {
	x, y := d.at(n)
	for dy := -radius; dy <= radius; dy++ {
		for dx := -radius; dx <= radius; dx++ {
			if dx*dx+dy*dy <= radius*radius+1 {
				d.SetNRGBA(x+d.cell/2+dx, y+d.cell/2+dy, trail)
			}
		}
	}
}

// ink is a partition's colour. Hues go round by the golden angle, so that
// partitions near each other in number, and so in place, differ.
func ink(p int, faint bool) color.NRGBA {
	hue := math.Mod(float64(p)*137.508+200, 360)
	light := 0.50 + 0.08*float64(p%3-1)
	if faint {
		light *= 0.6
	}
	const saturation = 0.36
	channel := func(n float64) uint8 {
		k := math.Mod(n+hue/30, 12)
		return uint8(255 * (light - saturation*min(light, 1-light)*max(-1, min(k-3, 9-k, 1))))
	}
	return color.NRGBA{channel(0), channel(8), channel(4), 0xff}
}

// canvas is a picture of a world, and where on it its nodes lie.
type canvas struct {
	*image.NRGBA
	w            *World
	left, top    int64 // the least coordinates
	times, parts int64 // pixels are coordinates times the one by the other
	cell         int   // the side of a node, in pixels
}

func (w *World) canvas() canvas {
	d := canvas{w: w, left: math.MaxInt64, top: math.MaxInt64}
	right, bottom := int64(math.MinInt64), int64(math.MinInt64)
	for n := range w.X {
		x, y := int64(w.X[n]), int64(w.Y[n])
		d.left, right = min(d.left, x), max(right, x)
		d.top, bottom = min(d.top, y), max(bottom, y)
	}
	width, height := right-d.left+1, bottom-d.top+1
	longer := max(width, height)
	d.times, d.parts, d.cell = PictureSide, longer, 1
	if longer <= PictureSide {
		d.cell = int(min(PictureSide/longer, maxCellSide))
		d.times, d.parts = int64(d.cell), 1
	}
	side := func(n int64) int { return int((n*d.times + d.parts - 1) / d.parts) }
	d.NRGBA = image.NewNRGBA(image.Rect(0, 0, side(width), side(height)))
	for i := range d.Pix {
		d.Pix[i] = [4]uint8{paper.R, paper.G, paper.B, paper.A}[i%4]
	}
	return d
}

// at is the upper left pixel of a node.
func (d *canvas) at(n uint32) (x, y int) {
	return int((int64(d.w.X[n]) - d.left) * d.times / d.parts), int((int64(d.w.Y[n]) - d.top) * d.times / d.parts)
}

func (d *canvas) node(n uint32, c color.NRGBA) {
	x, y := d.at(n)
	for dy := range d.cell {
		for dx := range d.cell {
			d.SetNRGBA(x+dx, y+dy, c)
		}
	}
}

// line draws from the middle of a node to that of another.
func (d *canvas) line(from, to uint32, c color.NRGBA) {
	x, y := d.at(from)
	toX, toY := d.at(to)
	x, y, toX, toY = x+d.cell/2, y+d.cell/2, toX+d.cell/2, toY+d.cell/2
	steps := max(toX-x, x-toX, toY-y, y-toY)
	for i := 1; i < steps; i++ {
		d.SetNRGBA(x+(toX-x)*i/steps, y+(toY-y)*i/steps, c)
	}
}
