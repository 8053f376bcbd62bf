package actor

import (
	"errors"

	"github.com/klauspost/compress/s2"
)

// A stored snapshot is what the core writes, compressed as one s2 block, after a
// byte for the way in which that was done.
const packS2 = 1

var errPacked = errors.New("the packed snapshot is damaged or of another version")

// pack appends a stored snapshot to dst; work is kept between calls.
func pack(dst, snapshot []byte) []byte {
	at := len(dst) + 1
	dst = append(dst, packS2)
	dst = append(dst, make([]byte, s2.MaxEncodedLen(len(snapshot)))...)
	return dst[:at+len(s2.EncodeBetter(dst[at:], snapshot))]
}

func unpack(stored []byte) ([]byte, error) {
	if len(stored) == 0 || stored[0] != packS2 {
		return nil, errPacked
	}
	n, err := s2.DecodedLen(stored[1:])
	if err != nil || n > maxUnpacked {
		return nil, errPacked
	}
	snapshot, err := s2.Decode(nil, stored[1:])
	if err != nil {
		return nil, errPacked
	}
	return snapshot, nil
}
