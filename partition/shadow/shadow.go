package shadow

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

const (
	lineBits  = 6 // 64 bytes, a cache line
	chunkBits = lineBits + 6
	chunk     = 1 << chunkBits // bytes that a word of bits stands for
)

// Table is live memory.
type Table struct {
	live []byte
	top  Branch // the newest fork's; empty: there is none
}

// Branch is what a fork has kept of a table: the lines whose bits are set.
type Branch struct {
	kept []byte
	set  []uint64
}

// words is how many words hold a bit for each line.
func words(bytes int) int { return (bytes + chunk - 1) >> chunkBits }

// Size is how many bytes a branch of a table of that many bytes takes.
func Size(bytes int) int { return (bytes+LineSize-1)&^(LineSize-1) + 8*words(bytes) }

// LineSize is how many bytes are kept together.
const LineSize = 1 << lineBits

// New watches memory.
func New(live []byte) Table { return Table{live: live} }

// Of watches a slice of pointer-free elements.
func Of[T any](s []T) Table {
	var t T
	return New(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(t))))
}

// Len is how many bytes the table has.
func (t *Table) Len() int { return len(t.live) }

// Carve makes a branch of the table in mem, which is aligned to 8 bytes, with
// no line kept, and returns the rest of mem.
func (t *Table) Carve(mem []byte) (b Branch, rest []byte) {
	n := len(t.live)
	at := (n + LineSize - 1) &^ (LineSize - 1)
	b.kept = mem[:n:n]
	if w := words(n); w > 0 {
		b.set = unsafe.Slice((*uint64)(unsafe.Pointer(&mem[at])), w)
		clear(b.set)
	}
	return b, mem[Size(n):]
}

// Hang makes a branch the newest; an empty one: no fork is left.
func (t *Table) Hang(b Branch) { t.top = b }

// Touch keeps the line of a byte that is about to be written, if a fork needs it.
func (t *Table) Touch(at int) {
	if w := at >> chunkBits; w < len(t.top.set) && t.top.set[w]>>(at>>lineBits&63)&1 == 0 {
		t.keep(at)
	}
}

func (t *Table) keep(at int) {
	lo := at &^ (LineSize - 1)
	copy(t.top.kept[lo:], t.live[lo:min(lo+LineSize, len(t.live))])
	t.top.set[at>>chunkBits] |= 1 << (at >> lineBits & 63)
}

// Copy keeps all lines: the branch needs no newer one from now on.
func (t *Table) Copy(b *Branch) {
	copy(b.kept, t.live)
	for w := range b.set {
		lines := (min(chunk, len(t.live)-w<<chunkBits) + LineSize - 1) >> lineBits
		b.set[w] = ^uint64(0) >> (64 - lines)
	}
}

// Inherit takes over what a newer branch, which goes away, has kept and b lacks.
func (b *Branch) Inherit(newer *Branch) {
	for w, set := range newer.set {
		lack := set &^ b.set[w]
		b.set[w] |= set
		runs(lack, func(lo, hi int) { copyLines(b.kept, newer.kept, w, lo, hi) })
	}
}

// runs calls fn with every run of set bits.
func runs(set uint64, fn func(lo, hi int)) {
	for set != 0 {
		lo := bits.TrailingZeros64(set)
		hi := lo + bits.TrailingZeros64(^(set >> lo))
		fn(lo, hi)
		if hi == 64 {
			return
		}
		set = set >> hi << hi
	}
}

// copyLines copies the lines from lo to hi of a chunk.
func copyLines(to, from []byte, w, lo, hi int) {
	at := w << chunkBits
	end := min(at+hi<<lineBits, len(to))
	copy(to[at+lo<<lineBits:end], from[at+lo<<lineBits:end])
}

// Set is the bits of a chunk's lines that may differ from when chain[0] was
// hung: chain is that branch and all newer ones, in order.
func Set(chain []Branch, w int) (set uint64) {
	for i := range chain {
		set |= chain[i].set[w]
	}
	return set
}

// At is a line as it was when chain[0] was hung.
func (t *Table) At(chain []Branch, line int) []byte {
	from := t.live
	for i := range chain {
		if chain[i].set[line>>6]>>(line&63)&1 != 0 {
			from = chain[i].kept
			break
		}
	}
	lo := line << lineBits
	return from[lo:min(lo+LineSize, len(from))]
}

// PutBack brings the table to what it was when chain[0] was hung. What that
// overwrites is kept for the newest fork, and for before, if it is not empty:
// the caller learns from it what has changed.
func (t *Table) PutBack(chain []Branch, before Branch) {
	for w := range words(len(t.live)) {
		done := uint64(0)
		for i := range chain {
			set := chain[i].set[w] &^ done
			done |= set
			if set != 0 {
				t.putChunk(&chain[i], w, set, before)
			}
		}
	}
}

// putChunk overwrites lines of a chunk with those of a branch.
func (t *Table) putChunk(b *Branch, w int, set uint64, before Branch) {
	lack := uint64(0) // lines that the newest fork has to keep if they change
	if len(t.top.set) > 0 {
		lack = set &^ t.top.set[w]
	}
	runs(lack, func(lo, hi int) {
		for line := w<<6 + lo; line < w<<6+hi; line++ {
			at, end := line<<lineBits, min((line+1)<<lineBits, len(t.live))
			if string(t.live[at:end]) == string(b.kept[at:end]) {
				set &^= 1 << (line & 63)
			} else {
				t.keep(at)
			}
		}
	})
	if len(before.set) > 0 {
		copySet(before.kept, t.live, w, set)
		before.set[w] |= set
	}
	copySet(t.live, b.kept, w, set)
}

// copySet copies the lines of a chunk whose bits are set.
func copySet(to, from []byte, w int, set uint64) {
	at := w << chunkBits
	if set == ^uint64(0) || at+chunk > len(to) {
		runs(set, func(lo, hi int) { copyLines(to, from, w, lo, hi) })
		return
	}
	to, from = to[at:at+chunk], from[at:at+chunk]
	for ; set != 0; set &= set - 1 {
		i := bits.TrailingZeros64(set) << lineBits
		*(*[LineSize]byte)(to[i:]) = *(*[LineSize]byte)(from[i:])
	}
}

// Clear forgets all lines.
func (b *Branch) Clear() { clear(b.set) }

// Differ is a bit for each byte in which a line of three tables, now and once,
// differs in any of them.
func Differ(now, once *[3][]byte) (differ uint64) {
	if len(now[0]) < LineSize {
		return differShort(now, once)
	}
	a, b, c := (*[LineSize]byte)(now[0]), (*[LineSize]byte)(now[1]), (*[LineSize]byte)(now[2])
	x, y, z := (*[LineSize]byte)(once[0]), (*[LineSize]byte)(once[1]), (*[LineSize]byte)(once[2])
	for i := 0; i < LineSize; i += 8 {
		if d := (word(a, i) ^ word(x, i)) | (word(b, i) ^ word(y, i)) | (word(c, i) ^ word(z, i)); d != 0 {
			differ |= gather(d) << i
		}
	}
	return differ
}

func word(line *[LineSize]byte, at int) uint64 { return binary.LittleEndian.Uint64(line[at&56:][:8]) }

func differShort(now, once *[3][]byte) (differ uint64) {
	for t := range now {
		for i := range now[t] {
			if now[t][i] != once[t][i] {
				differ |= 1 << i
			}
		}
	}
	return differ
}

// gather is a bit for each byte of a word that is not 0.
func gather(x uint64) uint64 {
	const low = 0x7f7f7f7f7f7f7f7f
	x = ((x&low + low) | x) &^ low // the highest bit of each
	return (x >> 7) * 0x0102040810204080 >> 56
}
