package world

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/huntgraph/huntgraph/codec"
)

// Open maps a .world file read-only and checks all of it: checksums, and every
// rule of the format. A file that is wrong gives a *FileError. The file must
// not be changed in place while it is open; Write never does.
func Open(path string) (*World, error) {
	w, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("opening world %s: %w", path, err)
	}
	return w, nil
}

func openFile(path string) (*World, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // the mapping outlives it
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is not a regular file but %v", info.Mode().Type())
	}
	if info.Size() < headerSize || int64(int(info.Size())) != info.Size() {
		return nil, &FileError{"header", 0, fmt.Sprintf("the file has %d bytes", info.Size()), ErrForeign}
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("mapping %d bytes: %w", info.Size(), err)
	}
	w, err := parse(data)
	if err != nil {
		return nil, errors.Join(err, unix.Munmap(data))
	}
	w.mapped = data
	return w, nil
}

// Close gives the mapping back. Nobody may read the world's slices any more,
// nor those of its pieces. Closing twice is harmless.
func (w *World) Close() error {
	data := w.mapped
	*w = World{Name: w.Name, Source: w.Source, hash: w.hash}
	if data == nil {
		return nil
	}
	if err := unix.Munmap(data); err != nil {
		return fmt.Errorf("unmapping world %q: %w", w.Name, err)
	}
	return nil
}

// parse reads a file in place; data must be aligned like a mapping.
func parse(data []byte) (*World, error) {
	if !littleEndian {
		return nil, errBigEndian
	}
	if uintptr(unsafe.Pointer(unsafe.SliceData(data)))%alignment != 0 {
		return nil, fmt.Errorf("the file's bytes are not at a multiple of %d in memory", alignment)
	}
	all, err := parseTable(data)
	if err != nil {
		return nil, err
	}
	w, known, err := adopt(all)
	if err != nil {
		return nil, err
	}
	var b *breach
	if err := w.check(); errors.As(err, &b) {
		return nil, &FileError{b.section(), known[b.kind].offset + b.offset(), b.reason, ErrInvalid}
	}
	w.index()
	return w, nil
}

func parseHeader(data []byte) (sections int, err error) {
	le := binary.LittleEndian
	if len(data) < headerSize || string(data[:len(magic)]) != magic {
		return 0, &FileError{"header", 0, "it does not start with the magic bytes", ErrForeign}
	}
	if v := le.Uint32(data[8:]); v != fileVersion {
		return 0, &FileError{"header", 8, fmt.Sprintf("its format is version %d, this program reads version %d", v, fileVersion), ErrVersion}
	}
	n := le.Uint32(data[12:])
	if n > maxSections || headerSize+entrySize*int(n) > len(data) {
		return 0, &FileError{"header", 12, fmt.Sprintf("%d sections: at most %d, and their table must fit the file's %d bytes", n, maxSections, len(data)), ErrDamaged}
	}
	table := data[:headerSize+entrySize*int(n)]
	if got, want := tableCRC(table), le.Uint32(data[crcAt:]); got != want {
		return 0, &FileError{"header", crcAt, fmt.Sprintf("the CRC-32C of header and table is %08x, expected %08x", got, want), ErrDamaged}
	}
	if length := le.Uint64(data[16:]); length != uint64(len(data)) {
		return 0, &FileError{"header", 16, fmt.Sprintf("the file has %d bytes, expected %d", len(data), length), ErrDamaged}
	}
	if at := nonzero(data[24:crcAt]); at >= 0 {
		return 0, &FileError{"header", int64(24 + at), "a reserved byte is not 0", ErrInvalid}
	}
	return int(n), nil
}

func nonzero(b []byte) int { return slices.IndexFunc(b, func(c byte) bool { return c != 0 }) }

// parseTable returns the sections in the order of the file, which is that of kinds, verified.
func parseTable(data []byte) ([]section, error) {
	n, err := parseHeader(data)
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	all := make([]section, n)
	end := int64(headerSize + entrySize*n)
	for i := range all {
		at := headerSize + entrySize*i
		e := data[at : at+entrySize]
		s := section{kind: le.Uint32(e), flags: le.Uint32(e[4:])}
		offset, length := le.Uint64(e[8:]), le.Uint64(e[16:])
		bad := func(format string, args ...any) ([]section, error) {
			return nil, &FileError{"table", int64(at), fmt.Sprintf("entry of section %q: ", s.name()) + fmt.Sprintf(format, args...), ErrInvalid}
		}
		switch {
		case i > 0 && s.kind <= all[i-1].kind || s.kind == 0:
			return bad("kinds must be above 0 and ascend")
		case s.flags&^(flagRequired|flagContent) != 0 || le.Uint64(e[24:]) != 0:
			return bad("a reserved bit is not 0")
		case s.kind < kindEnd && s.flags != flagsOf(s.kind):
			return bad("flags %d, expected %d", s.flags, flagsOf(s.kind))
		case s.flags == flagContent:
			return bad("it is content without being required")
		case s.kind >= kindEnd && s.flags&flagRequired != 0:
			return nil, &FileError{s.name(), int64(at), "the file needs this section understood: use a newer version", ErrVersion}
		case offset != uint64(aligned(end)):
			return bad("it starts at %d, expected %d", offset, aligned(end))
		case length > uint64(len(data)) || offset+length > uint64(len(data)):
			return bad("%d bytes from %d reach beyond the file's %d", length, offset, len(data))
		}
		if pad := nonzero(data[end:offset]); pad >= 0 {
			return nil, &FileError{s.name(), end + int64(pad), "a byte between two sections is not 0", ErrDamaged}
		}
		s.offset, s.data = int64(offset), data[offset:offset+length:offset+length]
		if s.sum = sha256.Sum256(s.data); s.sum != codec.Hash(e[32:]) {
			return nil, &FileError{s.name(), s.offset, fmt.Sprintf("the SHA-256 of its %d bytes is %x..., expected %x...", length, s.sum[:8], e[32:40]), ErrDamaged}
		}
		all[i], end = s, int64(offset+length)
	}
	if end != int64(len(data)) {
		return nil, &FileError{"table", headerSize, fmt.Sprintf("the sections end at %d of %d bytes", end, len(data)), ErrInvalid}
	}
	return all, nil
}

// adopt makes a world over the sections. Its rules are still to be checked.
func adopt(all []section) (*World, *[kindEnd]section, error) {
	var known [kindEnd]section
	for _, s := range all {
		if s.kind < kindEnd {
			known[s.kind] = s
		}
	}
	for kind, name := range sectionNames {
		s := &known[kind]
		switch unit := elementSize(uint32(kind)); {
		case kind == 0, (kind == kindCells || kind == kindRest) && s.kind == 0:
		case s.kind == 0:
			return nil, nil, &FileError{name, headerSize, "the section is missing", ErrInvalid}
		case len(s.data)%unit != 0:
			return nil, nil, &FileError{name, s.offset, fmt.Sprintf("%d bytes are not a multiple of %d", len(s.data), unit), ErrInvalid}
		}
	}
	var about meta
	if s := &known[kindMeta]; len(s.data) > maxMeta {
		return nil, nil, &FileError{"meta", s.offset, fmt.Sprintf("%d bytes: at most %d", len(s.data), maxMeta), ErrInvalid}
	} else if err := json.Unmarshal(s.data, &about); err != nil || !utf8.Valid(s.data) {
		return nil, nil, &FileError{"meta", s.offset, fmt.Sprintf("it is not a JSON object with name and source: %v", err), ErrInvalid}
	}
	for _, text := range [...]string{about.Name, about.Source} {
		if string(codec.AppendText(nil, text, maxMeta)) != text {
			return nil, nil, &FileError{"meta", known[kindMeta].offset, fmt.Sprintf("%+q has characters that cannot be shown", text), ErrInvalid}
		}
	}
	w := &World{
		Name: about.Name, Source: about.Source, Scale: max(about.Scale, 1),
		First: wordsOf[uint32](known[kindFirst].data),
		Head:  wordsOf[uint32](known[kindHead].data),
		Base:  wordsOf[uint32](known[kindBase].data),
		X:     wordsOf[int32](known[kindX].data),
		Y:     wordsOf[int32](known[kindY].data),
		Nest:  wordsOf[uint32](known[kindCells].data),
		Rest:  wordsOf[uint32](known[kindRest].data),
		hash:  contentHash(all),
	}
	for b := wordsOf[uint32](known[kindCut].data); len(b) > 0; b = b[5:] {
		w.Cut = append(w.Cut, Part{codec.NodeID(b[0]), b[1], b[2], codec.EdgeID(b[3]), b[4]})
	}
	return w, &known, nil
}
