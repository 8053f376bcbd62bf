package actor

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// packed is what is stored of a snapshot.
func packed(t testing.TB, snapshot []byte) []byte {
	t.Helper()
	b, err := new(packer).pack(snapshot)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(b)
}

// TestPack: one packer after the other gives back what went in; what is cut off,
// goes on, or says another length is refused.
func TestPack(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 3))
	var p packer
	for _, n := range []int{0, 1, 300_000, 17} {
		snapshot := make([]byte, n)
		for i := range snapshot {
			snapshot[i] = byte(rng.IntN(4))
		}
		stored, err := p.pack(snapshot)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := unpack(stored); err != nil || !bytes.Equal(got, snapshot) {
			t.Errorf("%d bytes: %d came back (%v)", n, len(got), err)
		}
		if n > 100 && len(stored) > n/2 {
			t.Errorf("%d bytes of two bits each take %d", n, len(stored))
		}
		longer, way := bytes.Clone(stored), bytes.Clone(stored)
		longer[1]++
		way[0]++
		huge := append(bytes.Clone(stored[:1]), 255, 255, 255, 255)
		for i, bad := range [][]byte{nil, stored[:len(stored)-1], append(bytes.Clone(stored), 0), longer, way, huge} {
			if _, err := unpack(bad); err == nil {
				t.Errorf("%d bytes, spoilt in way %d: taken", n, i)
			}
		}
	}
}

// FuzzUnpack: whatever is stored, it is refused or is what can be packed.
func FuzzUnpack(f *testing.F) {
	f.Add(packed(f, nil))
	f.Add(packed(f, []byte("a snapshot a snapshot a snapshot")))
	f.Fuzz(func(t *testing.T, stored []byte) {
		snapshot, err := unpack(stored)
		if err != nil {
			return
		}
		if again, err := unpack(packed(t, snapshot)); err != nil || !bytes.Equal(again, snapshot) {
			t.Errorf("%d bytes were unpacked, %d after packing them again (%v)", len(snapshot), len(again), err)
		}
	})
}
