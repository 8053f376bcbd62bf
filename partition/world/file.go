package world

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"unsafe"

	"github.com/huntgraph/huntgraph/codec"
)

// A .world file is little endian: a header of 64 bytes, a table with one entry
// of 64 bytes for each section, and the sections, each at a multiple of 64
// with zeros between. Header and table are covered by a CRC-32C, each section
// by a SHA-256, the zeros by being checked: no byte may change unseen.
//
//	header                       entry
//	 0  magic [8]byte             0  kind u32
//	 8  version u32               4  flags u32
//	12  sections u32              8  offset u64
//	16  file length u64          16  length u64
//	24  zero [36]byte            24  zero u64
//	60  CRC-32C u32              32  SHA-256 [32]byte
//
// The CRC-32C is that of header and table with its own four bytes left out.
// The content hash is the SHA-256 over a label and, in order of kind, the kind
// (u32), length (u64) and SHA-256 of each section with flagContent.
const (
	magic       = "\x89HGW\r\n\x1a\n" // like PNG's: a transfer as text damages it visibly
	fileVersion = 1
	headerSize  = 64
	entrySize   = 64
	alignment   = 64
	crcAt       = 60
	hashLabel   = "huntgraph world content 1\n"
)

// The kinds of sections. A reader skips a kind that it does not know, unless
// its flags say that the rest makes no sense without it.
const (
	kindMeta  = 1 // JSON: name and source
	kindFirst = 2 // u32, nodes + 1
	kindHead  = 3 // u32, edges
	kindBase  = 4 // u32, edges
	kindX     = 5 // i32, nodes
	kindY     = 6 // i32, nodes
	kindCut   = 7 // for each partition 5 u32: first node, nodes, main, first edge, edges
	kindCells = 8 // u32 pairs, cells: first node, highest level that begins with it; optional
	kindRest  = 9 // u32, nodes outside the main part of their partition; left out if there are none
	kindEnd   = 10

	flagRequired = 1 // a reader that does not know the kind must refuse the file
	flagContent  = 2 // the content hash covers the section; never without flagRequired
)

var sectionNames = [kindEnd]string{"kind 0", kindMeta: "meta", kindFirst: "first", kindHead: "head", kindBase: "base", kindX: "x", kindY: "y", kindCut: "cut", kindCells: "cells", kindRest: "rest"}

const partSize = 5 * 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// What is wrong with a file; a *FileError wraps one of them.
var (
	ErrForeign = errors.New("not a .world file")
	ErrVersion = errors.New("a .world file that this version does not read")
	ErrDamaged = errors.New("a damaged .world file")
	ErrInvalid = errors.New("a .world file that breaks a rule")
)

// FileError says what is wrong with a file, and where.
type FileError struct {
	Section string // "header", "table" or a section's name
	Offset  int64  // the byte in the file
	Reason  string
	Kind    error // ErrForeign, ErrVersion, ErrDamaged or ErrInvalid
}

func (e *FileError) Error() string {
	return fmt.Sprintf("%v: section %q at byte %d: %s", e.Kind, e.Section, e.Offset, e.Reason)
}

func (e *FileError) Unwrap() error { return e.Kind }

type section struct {
	kind, flags uint32
	data        []byte
	offset      int64
	sum         codec.Hash
}

func (s *section) name() string {
	if s.kind < kindEnd {
		return sectionNames[s.kind]
	}
	return fmt.Sprintf("kind %d", s.kind)
}

// flagsOf are the flags of a kind that this version knows.
func flagsOf(kind uint32) uint32 {
	if kind == kindMeta || kind == kindCells {
		return 0
	}
	return flagRequired | flagContent
}

type meta struct {
	Name   string `json:"name"`
	Source string `json:"source"`
	Scale  uint32 `json:"scale,omitempty"` // none is 1
}

// sections are the world's sections, over its own memory, in order of kind.
func (w *World) sections() []section {
	scale := w.Scale
	if scale == 1 {
		scale = 0
	}
	about, _ := json.Marshal(meta{w.Name, w.Source, scale}) // it cannot fail
	cut := make([]byte, 0, partSize*len(w.Cut))
	for _, c := range w.Cut {
		for _, n := range [...]uint32{uint32(c.FirstNode), c.Nodes, c.Main, uint32(c.FirstEdge), c.Edges} {
			cut = binary.LittleEndian.AppendUint32(cut, n)
		}
	}
	all := []section{
		{kind: kindMeta, data: about},
		{kind: kindFirst, data: bytesOf(w.First)},
		{kind: kindHead, data: bytesOf(w.Head)},
		{kind: kindBase, data: bytesOf(w.Base)},
		{kind: kindX, data: bytesOf(w.X)},
		{kind: kindY, data: bytesOf(w.Y)},
		{kind: kindCut, data: cut},
	}
	if len(w.Nest) > 0 {
		all = append(all, section{kind: kindCells, data: bytesOf(w.Nest)})
	}
	if len(w.Rest) > 0 {
		all = append(all, section{kind: kindRest, data: bytesOf(w.Rest)})
	}
	for i := range all {
		all[i].flags = flagsOf(all[i].kind)
	}
	return all
}

// seal fills in the sections' sums.
func seal(all []section) {
	for i := range all {
		all[i].sum = sha256.Sum256(all[i].data)
	}
}

// contentHash needs sealed sections in order of kind.
func contentHash(all []section) codec.Hash {
	b := []byte(hashLabel)
	for _, s := range all {
		if s.flags&flagContent != 0 {
			b = binary.LittleEndian.AppendUint32(b, s.kind)
			b = binary.LittleEndian.AppendUint64(b, uint64(len(s.data)))
			b = append(b, s.sum[:]...)
		}
	}
	return sha256.Sum256(b)
}

// place gives the sections their offsets and returns the file's length.
func place(all []section) int64 {
	at := int64(headerSize + entrySize*len(all))
	for i := range all {
		all[i].offset = aligned(at)
		at = all[i].offset + int64(len(all[i].data))
	}
	return at
}

// layout places sealed sections and returns header and table.
func layout(all []section) []byte {
	length := place(all)
	le := binary.LittleEndian
	b := make([]byte, headerSize, headerSize+entrySize*len(all))
	copy(b, magic)
	le.PutUint32(b[8:], fileVersion)
	le.PutUint32(b[12:], uint32(len(all)))
	le.PutUint64(b[16:], uint64(length))
	for _, s := range all {
		b = le.AppendUint32(b, s.kind)
		b = le.AppendUint32(b, s.flags)
		b = le.AppendUint64(b, uint64(s.offset))
		b = le.AppendUint64(b, uint64(len(s.data)))
		b = le.AppendUint64(b, 0)
		b = append(b, s.sum[:]...)
	}
	le.PutUint32(b[crcAt:], tableCRC(b))
	return b
}

// tableCRC covers header and table but for the CRC itself.
func tableCRC(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(b[:crcAt], castagnoli), castagnoli, b[headerSize:])
}

func aligned(at int64) int64 { return (at + alignment - 1) &^ (alignment - 1) }

// littleEndian tells whether this machine's words lie as the file's do. Worlds
// are read in place, so one that is not cannot use them.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

var errBigEndian = errors.New("worlds are read in place, which needs a little-endian machine")

func bytesOf[T uint32 | int32 | float32](s []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), 4*len(s))
}

// wordsOf is b as words, in place. The caller has checked length and alignment.
func wordsOf[T uint32 | int32](b []byte) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}
