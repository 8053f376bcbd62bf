package partition

import (
	"unsafe"

	"github.com/huntgraph/huntgraph/partition/overlay"
)

// Arena is an actor's working memory: all that the path from a decoded frame
// to an encoded reply writes, beside the shard. It never grows (I9).
type Arena struct {
	Mailbox [mailboxSize]byte // frames in hand
	Replies [repliesSize]byte // answers to them
	Record  [recordSize]byte  // the tick record under construction

	outbox [outboxSize]byte // frames that one tick releases
	search overlay.Memory   // what searches and repairs work with
}

// The arena is exactly 256 KiB: both lines fail to compile otherwise.
var (
	_ [ArenaSize - unsafe.Sizeof(Arena{})]byte
	_ [unsafe.Sizeof(Arena{}) - ArenaSize]byte
)
