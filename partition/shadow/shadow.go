package shadow

import (
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

// Note is told which words of 4 bytes a PutBack changes in a bit of Mask, which
// has no gaps and not the highest one: a bit each, by line. One without lines is told nothing.
type Note struct {
	Mask  uint32
	Lines []uint16
}

// PutBack brings the table to what it was when chain[0] was hung. What that
// overwrites is kept for the newest fork.
func (t *Table) PutBack(chain []Branch, note Note) {
	n := words(len(t.live))
	for first := 0; first < n; first += ahead {
		end := min(first+ahead, n)
		each(chain, first, end, func(b *Branch, w int, set uint64) { fetch(t.live, b.kept, w, set) })
		each(chain, first, end, func(b *Branch, w int, set uint64) { t.putChunk(b, w, set, &note) })
	}
}

// ahead is how many chunks' single lines are fetched together: where every
// seventh is one, 75, which are 10 KB here and there.
const ahead = 8

// each calls fn with the lines of chunks that a branch of the chain holds what
// the first one needs of.
func each(chain []Branch, first, end int, fn func(b *Branch, w int, set uint64)) {
	for w := first; w < end; w++ {
		done := uint64(0)
		for i := range chain {
			if set := chain[i].set[w] &^ done; set != 0 {
				done |= set
				fn(&chain[i], w, set)
			}
		}
	}
}

// putChunk overwrites lines of a chunk with those of a branch.
func (t *Table) putChunk(b *Branch, w int, set uint64, note *Note) {
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
	if len(note.Lines) > 0 {
		note.put(t.live, b.kept, w, set)
		return
	}
	copySet(t.live, b.kept, w, set)
}

// put overwrites lines of a chunk and notes how they change.
func (n *Note) put(live, kept []byte, w int, set uint64) {
	m := maskOf(n.Mask)
	for ; set != 0; set &= set - 1 {
		line := w<<6 + bits.TrailingZeros64(set)
		now, then := live[line<<lineBits:], kept[line<<lineBits:]
		if len(now) < LineSize {
			n.Lines[line] = m.rest(now, then)
			copy(now, then)
			continue
		}
		a, b := (*[LineSize]byte)(now), (*[LineSize]byte)(then)
		n.Lines[line] = m.line(a, b)
		*a = *b
	}
}

// fetch reads a byte of each of those lines of a chunk in both: so single lines
// come from memory many at a time. What is done with a line is too long for a
// processor to see the next one ahead. The sum is for nobody.
//
//go:noinline
func fetch(a, b []byte, w int, set uint64) (sum byte) {
	if set == ^uint64(0) {
		return 0
	}
	a, b = a[w<<chunkBits:], b[w<<chunkBits:]
	b = b[:len(a)]
	for ; set != 0; set &= set - 1 {
		if at := bits.TrailingZeros64(set) << lineBits; at < len(a) {
			sum += a[at] + b[at]
		}
	}
	return sum
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
