package world

import (
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

const (
	// MaxPartitions bounds the partitions of a world, so that each can have at
	// least one of a round's treasures.
	MaxPartitions = codec.MaxTreasures
	// MinMain is the fewest nodes of a partition's strongly connected main part.
	MinMain = partition.MinMain
	// MaxNodes and MaxEdges keep the ids below codec.NoNode and codec.NoEdge.
	MaxNodes = 1<<32 - 2
	MaxEdges = 1<<32 - 2
	// MaxPath bounds the shortest ways within a partition, on base weights, as
	// rows.span finds them: at four times the base weights a distance is
	// still below codec.Unreachable (4 * 2^30 - 4 < 2^32 - 1).
	MaxPath = 1<<30 - 1

	// minNested is the fewest nodes of a partition without borders that is cut
	// into nested cells: below it one search of the whole is as fast as keeping a
	// hierarchy up. With borders a search for each border point comes on top, at
	// every refresh, and minBordered is the fewest: partition/DESIGN.md has the
	// figures.
	minNested   = 1 << 15
	minBordered = 1 << 13

	// MaxMapSide bounds the width and height of a grid map, in cells.
	MaxMapSide = 1 << 13
	// MaxMapBytes bounds a .map file: its rows with line ends, and a header.
	MaxMapBytes = MaxMapSide*(MaxMapSide+2) + 1<<10
	// MaxScenBytes bounds a .scen file: a million lines of 64 bytes.
	MaxScenBytes = 64 << 20

	// MaxSourceNodes and MaxSourceEdges bound a road graph, which is read whole
	// before it is cut: 2^28 arcs of 12 bytes are 3 GiB.
	MaxSourceNodes = 1 << 26
	MaxSourceEdges = 1 << 28
	// maxLine bounds a line of a DIMACS file, comments too, in bytes.
	maxLine = 64 << 10

	// MaxGenEdges bounds a generated world: 64 partitions of a million edges,
	// which take 5 GiB to build.
	MaxGenEdges = 1 << 26
	// MinGenEdges is the smallest generated world: one small cave.
	MinGenEdges = 1000

	// partEdges is how many edges a partition should have at the most: a shard of
	// 32 MiB at 33.5 bytes an edge holds 1,001,624. Of them 9 % are for cuts that
	// miss their aim; caves can be cut evenly.
	partEdges     = 910_000
	genPartEdges  = 980_000
	genPartitions = 4 // at least

	// maxMeta bounds the name and the source of a world together, in bytes.
	maxMeta = 4 << 10
	// maxSections bounds a file's section table: 64 entries of 64 bytes, 4 KiB.
	maxSections = 64
)
