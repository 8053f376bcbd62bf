package shadow

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// aligned is memory for a branch.
func aligned(n int) []byte {
	words := make([]uint64, n/8+1)
	return unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), n)
}

// held is a fork and, by the oracle, what it must give.
type held struct {
	branch Branch
	was    []byte
}

func chainOf(forks []held) (chain []Branch) {
	for i := range forks {
		chain = append(chain, forks[i].branch)
	}
	return chain
}

// TestShadow compares forks, dropped and put back in any order, with plain copies.
func TestShadow(t *testing.T) {
	for _, size := range []int{0, 1, 63, 64, 65, 4096, 4097, 10_000, 3 * chunk} {
		rng := rand.New(rand.NewPCG(1, uint64(size)))
		live := make([]byte, size)
		table := New(live)
		var forks []held
		hang := func() {
			table.Hang(Branch{})
			if n := len(forks); n > 0 {
				table.Hang(forks[n-1].branch)
			}
		}
		for range 3000 {
			switch k := rng.IntN(40); {
			case k == 0 && len(forks) < 4:
				b, rest := table.Carve(aligned(Size(size)))
				if len(rest) != 0 {
					t.Fatalf("size %d: %d bytes over", size, len(rest))
				}
				forks = append(forks, held{b, bytes.Clone(live)})
				hang()
			case k == 1 && len(forks) > 0:
				i := rng.IntN(len(forks))
				if i > 0 {
					forks[i-1].branch.Inherit(&forks[i].branch)
				}
				forks = append(forks[:i], forks[i+1:]...)
				hang()
			case k == 2 && len(forks) > 0:
				i := rng.IntN(len(forks))
				note := Note{Mask: masks[rng.IntN(len(masks))], Lines: make([]uint16, (size+LineSize-1)/LineSize)}
				want := wordsOf(live, forks[i].was, note.Mask)
				table.PutBack(chainOf(forks[i:]), note)
				if !bytes.Equal(live, forks[i].was) {
					t.Fatalf("size %d: put back, but not as it was", size)
				}
				if !slices.Equal(note.Lines, want) {
					t.Fatalf("size %d: words %b are noted as changed, want %b", size, note.Lines, want)
				}
			case k == 3: // a state from elsewhere
				b, _ := table.Carve(aligned(Size(size)))
				other := bytes.Clone(live)
				for range rng.IntN(20) {
					if size > 0 {
						other[rng.IntN(size)]++
					}
				}
				from := New(other)
				from.Copy(&b)
				table.PutBack([]Branch{b}, Note{})
				if !bytes.Equal(live, other) {
					t.Fatalf("size %d: another state's copy was not taken", size)
				}
			case size > 0:
				at := rng.IntN(size)
				table.Touch(at)
				live[at]++
			}
			for i := range forks {
				if got := whole(&table, chainOf(forks[i:])); !bytes.Equal(got, forks[i].was) {
					t.Fatalf("size %d: fork %d of %d is not as it was", size, i, len(forks))
				}
			}
		}
	}
}

// whole is all of a fork, line by line.
func whole(t *Table, chain []Branch) (all []byte) {
	for line := 0; line<<lineBits < t.Len(); line++ {
		if Set(chain, line>>6)>>(line&63)&1 == 0 && !bytes.Equal(t.At(chain, line), t.At(nil, line)) {
			panic("a line that differs is not in the set")
		}
		all = append(all, t.At(chain, line)...)
	}
	return all
}

func BenchmarkTouch(b *testing.B) {
	t := New(make([]byte, 1<<20))
	br, _ := t.Carve(aligned(Size(1 << 20)))
	for _, c := range []struct {
		name string
		top  Branch
	}{{"no fork", Branch{}}, {"a fork", br}} {
		b.Run(c.name, func(b *testing.B) {
			t.Hang(c.top)
			for i := range b.N {
				t.Touch(i * 97 & (1<<20 - 1))
			}
		})
	}
}

var masks = []uint32{0x00ffffff, 0x00007f00, 0x7fffffff, 1}

// wordsOf is a bit for each word of 4 bytes that differs in the mask, by line.
func wordsOf(a, b []byte, mask uint32) []uint16 {
	lines := make([]uint16, (len(a)+LineSize-1)/LineSize)
	for at := 0; at+4 <= len(a); at += 4 {
		if (binary.LittleEndian.Uint32(a[at:])^binary.LittleEndian.Uint32(b[at:]))&mask != 0 {
			lines[at/LineSize] |= 1 << (at % LineSize / 4)
		}
	}
	return lines
}

// TestDiffer compares words of random tables with two forks, of which each
// has kept some lines.
func TestDiffer(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for range 300 {
		live := make([]byte, 4*rng.IntN(3*chunk/4))
		table := New(live)
		var forks []held
		for range 2 {
			b, _ := table.Carve(aligned(Size(len(live))))
			forks = append(forks, held{b, bytes.Clone(live)})
			table.Hang(b)
			for range rng.IntN(200) {
				if len(live) > 0 {
					at := rng.IntN(len(live))
					table.Touch(at)
					live[at] ^= 1 << rng.IntN(8)
				}
			}
		}
		for i := range forks {
			mask, chain := masks[rng.IntN(len(masks))], chainOf(forks[i:])
			want := wordsOf(live, forks[i].was, mask)
			var words [64]uint16
			for w := range words64(len(want)) {
				differ := table.Differ(chain, w, Set(chain, w), mask, &words)
				for line := 64 * w; line < min(64*(w+1), len(want)); line++ {
					got := uint16(0)
					if differ>>(line%64)&1 != 0 {
						got = words[line%64]
					}
					if got != want[line] {
						t.Fatalf("%d bytes, fork %d: words %b of line %d differ, want %b", len(live), i, got, line, want[line])
					}
				}
			}
		}
	}
}

// words64 is how many chunks hold so many lines.
func words64(lines int) int { return (lines + 63) / 64 }
