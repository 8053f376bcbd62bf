package rounds

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// ErrDuplicateGrant is a treasure that was granted twice in one round: the
// safety of the hunt is violated (I2).
var ErrDuplicateGrant = errors.New("a treasure was granted twice in one round")

// given is a grant as it was projected.
type given struct {
	player codec.PlayerID
	from   source
}

// round is what the keeper knows of one round, all of it read off its stream
// but for ended.
type round struct {
	number  codec.Round
	last    uint64 // the stream's last sequence
	started bool
	done    bool // RoundEnded is in the stream
	seed    codec.Seed
	own     uint32 // ordinal of the keeper's last own event
	placed  map[codec.TreasureID]bool
	grants  map[codec.TreasureID]given
	scores  scores
	ended   []bool // by partition: it releases nothing of this round any more

	board   []Standing // as it was last published
	boards  int
	boardAt time.Time
	dirty   bool // a score changed since the board was looked at
}

func newRound(number codec.Round, partitions int) *round {
	return &round{
		number: number,
		placed: map[codec.TreasureID]bool{},
		grants: map[codec.TreasureID]given{},
		scores: scores{},
		ended:  make([]bool, partitions),
	}
}

// check refuses a second grant of a treasure.
func (r *round) check(treasure codec.TreasureID, g given) error {
	if first, twice := r.grants[treasure]; twice {
		return fmt.Errorf("%w: treasure %d of round %d went to player %016x (%s) and to player %016x (%s)",
			ErrDuplicateGrant, treasure, r.number, uint64(first.player), first.from, uint64(g.player), g.from)
	}
	return nil
}

// apply takes over what an event of the stream says, whether it was just
// appended or is read back.
func (r *round) apply(seq uint64, ev *huntpb.RoundEvent, from source) error {
	r.last = seq
	if ev.Id.Partition == nil {
		r.own = ev.Id.Ordinal
	}
	switch b := ev.Body.(type) {
	case *huntpb.RoundEvent_Started:
		seed, err := huntpb.OpenSeed(b.Started.Seed, b.Started.Commitment)
		if err != nil {
			return fmt.Errorf("the start of round %d: %w", r.number, err)
		}
		r.started, r.seed = true, seed
	case *huntpb.RoundEvent_Placed:
		r.placed[codec.TreasureID(b.Placed.Treasure)] = true
	case *huntpb.RoundEvent_Granted:
		if codec.Round(b.Granted.Round) != r.number {
			return fmt.Errorf("the grant of treasure %d is of round %d, in the events of round %d", b.Granted.Treasure, b.Granted.Round, r.number)
		}
		g := given{codec.PlayerID(b.Granted.Player), from}
		treasure := codec.TreasureID(b.Granted.Treasure)
		if err := r.check(treasure, g); err != nil {
			return err
		}
		r.grants[treasure] = g
		r.scores.add(g.player, b.Granted.Name)
		if score := r.scores[g.player].Score; score != b.Granted.Score {
			return fmt.Errorf("the grant of treasure %d of round %d says that player %016x has score %d, and its grants make %d",
				treasure, r.number, uint64(g.player), b.Granted.Score, score)
		}
		r.dirty = true
	case *huntpb.RoundEvent_Leaderboard:
		r.board = fromProto(b.Leaderboard.Standings)
		r.boards++
	case *huntpb.RoundEvent_Ended:
		if !bytes.Equal(b.Ended.Seed, r.seed[:]) {
			return fmt.Errorf("the end of round %d: %w", r.number, huntpb.ErrCommitment)
		}
		r.done = true
	}
	return nil
}

// due returns the leaderboard to publish now, if it changed and may be published.
func (r *round) due(now time.Time) []Standing {
	if !r.dirty || r.boards >= maxBoards || !r.boardAt.IsZero() && now.Sub(r.boardAt) < boardEvery {
		return nil
	}
	r.dirty = false
	top := r.scores.top()
	if slices.Equal(top, r.board) {
		return nil
	}
	r.boardAt = now
	return top
}

// over reports whether every partition has ended the round.
func (r *round) over() bool { return !slices.Contains(r.ended, false) }
