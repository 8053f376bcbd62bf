package shadow

import (
	"encoding/binary"
	"math/bits"
)

// Differ compares lines of a chunk, those whose bits are set, with what they were
// when chain[0] was hung. It returns those that differ in a bit of the mask, as a
// Note has it, and of each of these which words do.
func (t *Table) Differ(chain []Branch, w int, set uint64, of uint32, words *[64]uint16) (differ uint64) {
	m := maskOf(of)
	for i := range chain {
		b := &chain[i]
		mine := b.set[w] & set
		set &^= mine
		if mine == 0 {
			continue
		}
		fetch(t.live, b.kept, w, mine)
		if at := w << chunkBits; at+chunk <= len(t.live) {
			differ |= m.chunk((*[chunk]byte)(t.live[at:]), (*[chunk]byte)(b.kept[at:]), mine, words)
		} else {
			differ |= m.last(t.live[at:], b.kept[at:], mine, words)
		}
	}
	return differ
}

// mask is a note's, twice in a word of 8 bytes, and the bit above it.
type mask struct {
	twice uint64
	above uint
}

func maskOf(m uint32) mask { return mask{uint64(m)<<32 | uint64(m), uint(bits.Len32(m))} }

// chunk compares lines of a whole chunk.
func (m mask) chunk(now, once *[chunk]byte, set uint64, words *[64]uint16) (differ uint64) {
	for ; set != 0; set &= set - 1 {
		bit := bits.TrailingZeros64(set) & 63
		a, b := (*[LineSize]byte)(now[bit<<lineBits:]), (*[LineSize]byte)(once[bit<<lineBits:])
		any := (word(a, 0) ^ word(b, 0)) | (word(a, 8) ^ word(b, 8)) | (word(a, 16) ^ word(b, 16)) | (word(a, 24) ^ word(b, 24)) |
			(word(a, 32) ^ word(b, 32)) | (word(a, 40) ^ word(b, 40)) | (word(a, 48) ^ word(b, 48)) | (word(a, 56) ^ word(b, 56))
		if any&m.twice != 0 {
			words[bit] = m.line(a, b)
			differ |= 1 << bit
		}
	}
	return differ
}

// last compares lines of a chunk that is not whole, nor are, perhaps, its lines.
func (m mask) last(now, once []byte, set uint64, words *[64]uint16) (differ uint64) {
	for ; set != 0; set &= set - 1 {
		bit := bits.TrailingZeros64(set)
		if d := m.rest(now[bit<<lineBits:], once[bit<<lineBits:]); d != 0 {
			words[bit] = d
			differ |= 1 << bit
		}
	}
	return differ
}

// line is a bit for each 4 bytes of a line that differ.
func (m mask) line(a, b *[LineSize]byte) uint16 {
	x := m.two(a, b, 0) | m.two(a, b, 8)<<2 | m.two(a, b, 16)<<4 | m.two(a, b, 24)<<6 |
		m.two(a, b, 32)<<8 | m.two(a, b, 40)<<10 | m.two(a, b, 48)<<12 | m.two(a, b, 56)<<14
	return uint16(x | x>>31)
}

// two compares 8 bytes and has a bit in each half that differs: adding the mask
// to what does carries into the bit above.
func (m mask) two(a, b *[LineSize]byte, at int) uint64 {
	return ((word(a, at)^word(b, at))&m.twice + m.twice) >> m.above & (1<<32 | 1)
}

func word(line *[LineSize]byte, at int) uint64 { return binary.LittleEndian.Uint64(line[at:]) }

// rest is line where a line may be shorter than others.
func (m mask) rest(now, once []byte) (words uint16) {
	if len(now) >= LineSize {
		return m.line((*[LineSize]byte)(now), (*[LineSize]byte)(once))
	}
	for i := 0; i+4 <= len(now); i += 4 {
		x := binary.LittleEndian.Uint32(now[i:]) ^ binary.LittleEndian.Uint32(once[i:])
		words |= uint16((x&uint32(m.twice)+uint32(m.twice))>>m.above&1) << (i / 4)
	}
	return words
}
