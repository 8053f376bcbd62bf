package codec

import (
	"cmp"
	"strconv"
)

// The ids are distinct types so that the compiler catches a node passed for an
// edge. NodeID and EdgeID are fixed by the world's content hash and contiguous
// per partition; an edge belongs to the partition of its tail.
type (
	// PartitionID numbers the partitions of a hunt from 0.
	PartitionID uint16
	// NodeID is a node of the world.
	NodeID uint32
	// EdgeID is a directed edge of the world.
	EdgeID uint32
	// PlayerID names a player for good; it comes from the player's token.
	PlayerID uint64
	// TreasureID numbers the treasures of one round of a hunt, below MaxTreasures.
	TreasureID uint16
	// AreaID is a group of cells that a client subscribes to.
	AreaID uint32

	// Round numbers the episodes of a hunt from 1.
	Round uint32
	// Tick is 1/TicksPerSecond s of a round; the round starts at tick 0.
	Tick uint32
	// Epoch fences a partition's ownership: the etcd revision of the assignment.
	Epoch uint64
	// MoveSeq is a player's own sequence number; the first move is 1.
	MoveSeq uint32
	// Hand numbers the hand-offs from one partition to another from 1.
	Hand uint32
	// DeltaSeq numbers a partition's weight changes from 1 and never goes back;
	// it is also the version of the edge that the change set.
	DeltaSeq uint64

	// Weight is the cost of an edge, in the world's unit (grids: straight 408, diagonal 577).
	Weight uint32
	// Distance is a sum of weights.
	Distance uint32
)

const (
	// TicksPerSecond is the rate at which a hunt's time passes.
	TicksPerSecond = 30
	// MaxTreasures is the most treasures that a round of a hunt holds; with one
	// leaderboard a second it keeps a round's events below 10,000.
	MaxTreasures = 4096

	// Blocked closes an edge.
	Blocked Weight = 1<<32 - 1
	// Unreachable is the distance to a goal that no path leads to.
	Unreachable Distance = 1<<32 - 1

	// NoNode, NoEdge and NoTreasure stand where there is none.
	NoNode     NodeID     = 1<<32 - 1
	NoEdge     EdgeID     = 1<<32 - 1
	NoTreasure TreasureID = 1<<16 - 1
)

// Index is a position in a partition's journal. The first record of a round's
// stream has Seq 1; Seq 0 is the place before it.
type Index struct {
	Round Round
	Seq   uint64
}

// Compare orders by round, then by stream sequence.
func (i Index) Compare(o Index) int {
	return cmp.Or(cmp.Compare(i.Round, o.Round), cmp.Compare(i.Seq, o.Seq))
}

// String is round/sequence, as errors and logs show it.
func (i Index) String() string {
	return strconv.FormatUint(uint64(i.Round), 10) + "/" + strconv.FormatUint(i.Seq, 10)
}

// Hash is a SHA-256 of a journal record: the link of the chain (I5).
type Hash [32]byte

// Seed is what the treasures of one round are placed from. Players learn its
// SHA-256 when the round starts and the seed itself when it is over (I13).
type Seed [32]byte

// String is the seed in hex. Nobody outside may read it before the round is over.
func (s Seed) String() string {
	const digits = "0123456789abcdef"
	text := make([]byte, 0, 2*len(s))
	for _, b := range s {
		text = append(text, digits[b>>4], digits[b&15])
	}
	return string(text)
}

// Watermark is how far a partition's journal is known to be durable, kept outside of it (I5).
type Watermark struct {
	Partition PartitionID
	Index     Index
	State     uint64 // the state hash after the record
	Chain     Hash   // the hash of the record itself
}

// MaxName bounds a player's display name, in bytes of UTF-8.
const MaxName = 16

// Name is a player's display name, padded with zero bytes.
type Name [MaxName]byte

// NameOf is what may be shown of s, by AppendText, in at most MaxName bytes.
func NameOf(s string) (n Name) {
	end := len(AppendText(n[:0], s, MaxName))
	clear(n[end:])
	return n
}

// Valid reports whether n is spelled as NameOf spells it. Every parser of a name
// asks, so that what is in the state or on a leaderboard is always UTF-8.
func (n Name) Valid() bool { return n == NameOf(n.String()) }

// String is the name without its padding.
func (n Name) String() string {
	end := len(n)
	for end > 0 && n[end-1] == 0 {
		end--
	}
	return string(n[:end])
}

// HuntState is a hunt's state hash: FNV-1a (Fowler, Noll, Vo) over the hashes
// of its partitions, in their order, each as 8 bytes, little endian.
func HuntState(partitions []uint64) uint64 {
	h := uint64(14695981039346656037)
	for _, p := range partitions {
		for shift := 0; shift < 64; shift += 8 {
			h = (h ^ p>>shift&0xff) * 1099511628211
		}
	}
	return h
}
