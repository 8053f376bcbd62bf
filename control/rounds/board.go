package rounds

import (
	"cmp"
	"maps"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// Standing is a player's place on the leaderboard.
type Standing struct {
	Player codec.PlayerID
	Name   string
	Score  uint32 // what was granted to it in the round: each treasure counts 1
}

// Board is the leaderboard of the newest round.
type Board struct {
	Round     codec.Round // 0 before the first
	Grants    int         // of the round
	Standings []Standing  // best first, at most 10; do not change
	Ended     bool
}

// scores are the players of one round that have any.
type scores map[codec.PlayerID]Standing

// add counts a grant, under the name that the player has now.
func (s scores) add(player codec.PlayerID, name string) {
	s[player] = Standing{player, name, s[player].Score + 1}
}

// top is the best, and of those that are level the one with the lower id.
func (s scores) top() []Standing {
	all := slices.SortedFunc(maps.Values(s), func(a, b Standing) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Player, b.Player))
	})
	return slices.Clone(all[:min(len(all), topStandings)])
}

func toProto(standings []Standing) (out []*huntpb.Standing) {
	for _, s := range standings {
		out = append(out, &huntpb.Standing{Player: uint64(s.Player), Name: s.Name, Score: s.Score})
	}
	return out
}

func fromProto(standings []*huntpb.Standing) (out []Standing) {
	for _, s := range standings {
		out = append(out, Standing{codec.PlayerID(s.Player), s.Name, s.Score})
	}
	return out
}
