package bench

import (
	"encoding/binary"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/actor"
)

// roundSeed is the seed of a round of a benchmark, which keeps no secret.
func roundSeed(seed uint64, round codec.Round) (s codec.Seed) {
	binary.LittleEndian.PutUint64(s[:], seed)
	binary.LittleEndian.PutUint32(s[8:], uint32(round))
	return s
}

// secretOf is the secret of a benchmark's hunt: the same seed, the same rounds.
func secretOf(seed uint64) (s actor.Secret) {
	s[0] = 1 // it is never zero
	binary.LittleEndian.PutUint64(s[1:], seed)
	return s
}
