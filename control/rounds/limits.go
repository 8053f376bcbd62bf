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
	// maxBoards bounds the leaderboards of a round, so that with its start, its
	// end and two events a treasure it stays below the 10,000 messages of a
	// stream: 2 + 2 x 4,096 + 1,800 = 9,994. A round of 5 minutes has 300.
	maxBoards = 9_994 - 2 - 2*codec.MaxTreasures
)
