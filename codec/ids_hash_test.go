package codec

import (
	"encoding/binary"
	"hash/fnv"
	"testing"
)

// TestHuntState compares with the standard library's FNV-1a.
func TestHuntState(t *testing.T) {
	states := []uint64{1, 0xfedcba9876543210, 0}
	want := fnv.New64a()
	for _, s := range states {
		want.Write(binary.LittleEndian.AppendUint64(nil, s))
	}
	if got := HuntState(states); got != want.Sum64() {
		t.Errorf("%016x, want %016x", got, want.Sum64())
	}
	if HuntState(states) == HuntState([]uint64{0xfedcba9876543210, 1, 0}) {
		t.Error("the order of partitions makes no difference")
	}
}
