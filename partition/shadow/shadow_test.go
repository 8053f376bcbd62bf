package shadow

import (
	"bytes"
	"math/rand/v2"
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
				before, _ := table.Carve(aligned(Size(size)))
				was := bytes.Clone(live)
				table.PutBack(chainOf(forks[i:]), before)
				if !bytes.Equal(live, forks[i].was) {
					t.Fatalf("size %d: put back, but not as it was", size)
				}
				if got := whole(&table, []Branch{before}); !bytes.Equal(got, was) {
					t.Fatalf("size %d: what was overwritten is not kept", size)
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
				table.PutBack([]Branch{b}, Branch{})
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

// TestDiffer compares byte by byte.
func TestDiffer(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for range 2000 {
		size := LineSize
		if rng.IntN(3) == 0 {
			size = 1 + rng.IntN(LineSize)
		}
		var now, once [3][]byte
		for i := range now {
			now[i] = make([]byte, size)
			for k := range now[i] {
				now[i][k] = byte(rng.IntN(256))
			}
			once[i] = bytes.Clone(now[i])
		}
		want := uint64(0)
		for range rng.IntN(6) {
			i, k := rng.IntN(3), rng.IntN(size)
			once[i][k] ^= 1 << rng.IntN(8)
		}
		for i := range now {
			for k := range now[i] {
				if now[i][k] != once[i][k] {
					want |= 1 << k
				}
			}
		}
		if got := Differ(&now, &once); got != want {
			t.Fatalf("%d bytes: %b, want %b", size, got, want)
		}
	}
}
