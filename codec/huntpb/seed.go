package huntpb

import (
	"bytes"
	"crypto/sha256"
	"errors"

	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec"
)

// Commitment is what the start of a round tells players of its seed (I13).
func Commitment(seed codec.Seed) codec.Hash { return sha256.Sum256(seed[:]) }

// The errors of OpenSeed.
var (
	ErrSeed       = errors.New("huntpb: not the seed of a round, which has 32 bytes")
	ErrCommitment = errors.New("huntpb: not the seed that the round's start committed to")
)

// OpenSeed checks the seed that a round's end tells against the commitment of its start.
func OpenSeed(seed, commitment []byte) (s codec.Seed, err error) {
	if len(seed) != len(s) {
		return s, ErrSeed
	}
	copy(s[:], seed)
	if c := Commitment(s); !bytes.Equal(commitment, c[:]) {
		return s, ErrCommitment
	}
	return s, nil
}

// ForPlayers is a round's event as players get it: a start without the seed. The
// event stays as it is.
func ForPlayers(e *RoundEvent) *RoundEvent {
	if len(e.GetStarted().GetSeed()) == 0 {
		return e
	}
	public := proto.CloneOf(e)
	public.GetStarted().Seed = nil
	return public
}
