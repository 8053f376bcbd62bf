package actor

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"github.com/huntgraph/huntgraph/codec"
)

// Secret is what the seeds of a hunt's rounds follow from: 256 random bits, which
// no seed and no treasure tells anything of (I13). All owners of a hunt's
// partitions need the same one; a replay needs none, for journals hold the seeds.
type Secret [32]byte

// Seed is the seed of a round: HMAC-SHA-256, keyed with the secret, of the hunt
// and the round.
func (s Secret) Seed(hunt codec.Hash, round codec.Round) (seed codec.Seed) {
	mac := hmac.New(sha256.New, s[:])
	mac.Write([]byte("huntgraph round seed\x00"))
	mac.Write(hunt[:])
	mac.Write(binary.LittleEndian.AppendUint32(nil, uint32(round)))
	mac.Sum(seed[:0])
	return seed
}
