package overlay

// Every bound of an overlay, with its unit and its arithmetic.
const (
	// MaxLevels bounds the levels of cells.
	MaxLevels = 6
	// MaxCells bounds the cells of the lowest level: 2 bytes a node name one.
	MaxCells = 1<<16 - 1
	// MaxNodes leaves a bit of a 32-bit index for a label's flag.
	MaxNodes = 1<<31 - 1

	// MaxLabels, MaxPoints, MaxSpan and MaxInner are what a search's memory has
	// room for: labels of nodes, points of one search, points of one cell, cells
	// within one cell.
	MaxLabels = 2944
	MaxPoints = 4096
	MaxSpan   = 1024
	MaxInner  = 128

	// Given is the level of an edge whose weight was given for itself, Closed of
	// one that no way may use. Congestion's levels are below both; all take 7 bits.
	Given  = 126
	Closed = 127
	// MaxGiven bounds the edges at level Given: 8 bytes each, 32 KiB.
	MaxGiven = 4096

	// shortRow is up to how many edges that lead to a node are looked through one by
	// one: for the few of most nodes that takes a tenth of a search by halves.
	shortRow = 16

	// carriedPerWork is how many values are taken from another field in the time
	// in which a search settles one.
	carriedPerWork = 64

	// Unreachable is the distance where there is no way, and the weight of a closed edge.
	Unreachable = 1<<32 - 1
)
