package rounds

import (
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

const (
	// queued is how many groups wait for the keeper: at 30 a second from each of
	// 16 partitions, half a second of a stalled stream before they are held back.
	queued = 256
	// topStandings is the length of a leaderboard.
	topStandings = 10
	// boardEvery is the least time between two leaderboards of a round.
	boardEvery = time.Second
	// maxBoards bounds the leaderboards of a round. A round of 5 minutes has 300
	// and no more than that over takeovers; one that lasts longer, because the hunt
	// stood still in it, stops at six times as many and shows the last one at its end.
	maxBoards = 1_800
	// MaxEvents is the most events that a round's stream ever holds, which is
	// below the 10,000 messages that a stream takes: its start and its end, each
	// treasure placed once and granted once, and the leaderboards:
	// 2 + 2 x 4,096 + 1,800 = 9,994.
	MaxEvents = 2 + 2*codec.MaxTreasures + maxBoards
	// archiveWait bounds the storing of one archive, which is at most 4,098 events
	// of some 70 bytes, 300 KB.
	archiveWait = 5 * time.Second
	// maxEvent bounds an encoded event in an archive, in bytes. The longest is a
	// round's end: 10 standings of a player (9), a name (18) and a score (6), with 2
	// each around them, are 350, and the seed 34.
	maxEvent = 1 << 10
)
