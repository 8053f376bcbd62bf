package world

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// lay copies a file to memory that is aligned like a mapping.
func lay(file []byte) []byte {
	buffer := make([]byte, len(file)+alignment)
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(buffer)))) & (alignment - 1)
	return buffer[skip : skip+copy(buffer[skip:], file)]
}

func fileOf(t testing.TB, w *World) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := w.WriteTo(&b)
	if err != nil || n != int64(b.Len()) || n != w.Size() {
		t.Fatalf("wrote %d of %d bytes, size says %d: %v", n, b.Len(), w.Size(), err)
	}
	return lay(b.Bytes())
}

// small is a world of 6 cells in 2 partitions, written: small enough to break
// everywhere. It has all sections before kindRest.
func small(t testing.TB) []byte {
	t.Helper()
	g, err := ParseMap(strings.NewReader("type octile\nheight 2\nwidth 3\nmap\n...\n...\n"), "small")
	if err != nil {
		t.Fatal(err)
	}
	w, err := Build(g.Graph(), 2)
	if err != nil {
		t.Fatal(err)
	}
	w.Nest = []uint32{0, 1, uint32(w.Cut[1].FirstNode), 1} // larger worlds have cells
	return fileOf(t, w)
}

// entry is the table's entry of a kind.
func entry(file []byte, kind uint32) []byte {
	e := file[headerSize+entrySize*int(kind-1):]
	return e[:entrySize]
}

func body(file []byte, kind uint32) []byte {
	e := entry(file, kind)
	at, n := binary.LittleEndian.Uint64(e[8:]), binary.LittleEndian.Uint64(e[16:])
	return file[at : at+n]
}

// reseal makes all checksums right again, as far as the table makes sense.
func reseal(file []byte) {
	if len(file) < headerSize {
		return
	}
	n := min(int(binary.LittleEndian.Uint32(file[12:])), (len(file)-headerSize)/entrySize)
	for i := range n {
		e := file[headerSize+entrySize*i:]
		at, length := binary.LittleEndian.Uint64(e[8:]), binary.LittleEndian.Uint64(e[16:])
		if at <= uint64(len(file)) && length <= uint64(len(file))-at {
			sum := sha256.Sum256(file[at : at+length])
			copy(e[32:], sum[:])
		}
	}
	binary.LittleEndian.PutUint32(file[crcAt:], tableCRC(file[:headerSize+entrySize*n]))
}

func TestFileRoundTrip(t *testing.T) {
	built := generated(t, 3)
	path := filepath.Join(t.TempDir(), "w.world")
	for range 2 { // the second time over the first
		if err := built.Write(path); err != nil {
			t.Fatal(err)
		}
	}
	w, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	w.mapped, built.mapped = nil, w.mapped
	if !reflect.DeepEqual(w, &World{built.Name, built.Source, built.Scale, built.First, built.Head, built.Base, built.X, built.Y, built.Cut, built.Nest, built.Rest, built.hash, nil, built.bounds, built.entries}) {
		t.Error("the world that was read differs from the one written")
	}
	w.mapped, built.mapped = built.mapped, nil
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("%v beside the world: %v", files, err)
	}
	for range 2 {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
	if w.Nodes() != 0 || w.Hash() != built.Hash() {
		t.Error("a closed world still has nodes, or no hash")
	}
}

func TestHashIgnoresName(t *testing.T) {
	g, err := Generate(Plan{MinGenEdges, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	a, err := Build(g, 1)
	if err != nil {
		t.Fatal(err)
	}
	g.Name, g.Source = "\xffother", strings.Repeat("s", maxMeta)
	b, err := Build(g, 1)
	if err != nil || a.Hash() != b.Hash() {
		t.Errorf("the hash covers the name: %v", err)
	}
	if w, err := parse(fileOf(t, b)); err != nil || w.Name != "other" || len(w.Source) == 0 {
		t.Errorf("%v, %v", w, err)
	}
}

// TestEveryByteCounts flips each byte of a file in turn.
func TestEveryByteCounts(t *testing.T) {
	file := small(t)
	for at := range file {
		file[at] ^= 0x10
		_, err := parse(file)
		var where *FileError
		if !errors.As(err, &where) {
			t.Fatalf("byte %d flipped: %v", at, err)
		}
		want, section := ErrDamaged, "header"
		switch {
		case at < len(magic):
			want = ErrForeign
		case at < 12:
			want = ErrVersion
		case at >= headerSize+entrySize*(kindRest-1):
			section = sectionAt(file, at)
		}
		if where.Kind != want || where.Section != section {
			t.Errorf("byte %d flipped: %v; expected %v in section %s", at, err, want, section)
		}
		file[at] ^= 0x10
	}
	if _, err := parse(file); err != nil {
		t.Error(err)
	}
}

// sectionAt is the section that a byte lies in, or the one after its gap.
func sectionAt(file []byte, at int) string {
	for kind := uint32(1); kind < kindRest; kind++ {
		e := entry(file, kind)
		if end := binary.LittleEndian.Uint64(e[8:]) + binary.LittleEndian.Uint64(e[16:]); uint64(at) < end {
			return sectionNames[kind]
		}
	}
	return ""
}

func TestEveryLengthCounts(t *testing.T) {
	file := small(t)
	for n := range file {
		_, err := parse(lay(file[:n]))
		var where *FileError
		if !errors.As(err, &where) || n >= headerSize && !errors.Is(err, ErrDamaged) {
			t.Fatalf("%d of %d bytes: %v", n, len(file), err)
		}
	}
	if _, err := parse(lay(append(slices.Clone(file), 0))); !errors.Is(err, ErrDamaged) {
		t.Errorf("a byte too many: %v", err)
	}
}

// TestRules breaks one rule at a time in a file whose checksums are right.
func TestRules(t *testing.T) {
	le := binary.LittleEndian
	word := func(kind uint32, i int, v uint32) func([]byte) {
		return func(f []byte) { le.PutUint32(body(f, kind)[4*i:], v) }
	}
	table := func(kind uint32, at int, v uint64) func([]byte) {
		return func(f []byte) { le.PutUint64(entry(f, kind)[at:], v) }
	}
	for _, c := range []struct {
		name    string
		change  func([]byte)
		kind    error
		section string
		says    string
	}{
		{"reserved header byte", func(f []byte) { f[30] = 1 }, ErrInvalid, "header", "reserved"},
		{"too many sections", func(f []byte) { le.PutUint32(f[12:], maxSections+1) }, ErrDamaged, "header", "65 sections"},
		{"kind twice", func(f []byte) { le.PutUint32(entry(f, kindBase), kindHead) }, ErrInvalid, "table", "ascend"},
		{"kind 0", func(f []byte) { le.PutUint32(entry(f, kindMeta), 0) }, ErrInvalid, "table", "ascend"},
		{"unknown flag", func(f []byte) { le.PutUint32(entry(f, kindX)[4:], 8) }, ErrInvalid, "table", "reserved"},
		{"content not flagged", func(f []byte) { le.PutUint32(entry(f, kindHead)[4:], flagRequired) }, ErrInvalid, "table", "flags 1, expected 3"},
		{"unknown content not required", func(f []byte) { copy(entry(f, kindCut), []byte{99, 0, 0, 0, flagContent}) }, ErrInvalid, "table", "without being required"},
		{"reserved entry bytes", table(kindX, 24, 1), ErrInvalid, "table", "reserved"},
		{"unknown required section", func(f []byte) { le.PutUint32(entry(f, kindCut), 99) }, ErrVersion, "kind 99", "newer"},
		{"section missing", func(f []byte) {
			copy(entry(f, kindCells), []byte{100, 0, 0, 0, 0, 0, 0, 0})
			copy(entry(f, kindCut), []byte{99, 0, 0, 0, 0, 0, 0, 0})
		}, ErrInvalid, "cut", "missing"},
		{"offset off", table(kindY, 8, 4), ErrInvalid, "table", "starts at 4"},
		{"length beyond the file", table(kindCut, 16, 1<<40), ErrInvalid, "table", "reach beyond"},
		{"length overflows", table(kindCut, 16, 1<<64-64), ErrInvalid, "table", "reach beyond"},
		{"sections end early", table(kindCells, 16, 8), ErrInvalid, "table", "the sections end"},
		{"meta is no JSON", func(f []byte) { body(f, kindMeta)[0] = 'x' }, ErrInvalid, "meta", "JSON"},
		{"first does not start at 0", word(kindFirst, 0, 1), ErrInvalid, "first", "node 0's edges start at 1"},
		{"first goes back", word(kindFirst, 2, 1), ErrInvalid, "first", "node 1's edges start at 3 and end at 1"},
		{"first ends elsewhere", word(kindFirst, 6, 23), ErrInvalid, "first", "end at 23 of 22"},
		{"head out of range", word(kindHead, 5, 6), ErrInvalid, "head", "edge 5 leads to node 6 of 6"},
		{"head to itself", word(kindHead, 0, 0), ErrInvalid, "head", "to itself"},
		{"heads not ascending", word(kindHead, 1, 1), ErrInvalid, "head", "ascend"},
		{"weight 0", word(kindBase, 7, 0), ErrInvalid, "base", "has weight 0"},
		{"weight blocked", word(kindBase, 7, uint32(codec.Blocked)), ErrInvalid, "base", "has weight 4294967295"},
		{"too heavy", word(kindBase, 7, partition.MaxBase+1), ErrInvalid, "base", "has weight 134217729"},
		{"partition starts late", word(kindCut, 0, 1), ErrInvalid, "cut", "starts at node 1"},
		{"partition too long", word(kindCut, 6, 7), ErrInvalid, "cut", "ends at node"},
		{"partition too short", word(kindCut, 1, 2), ErrInvalid, "cut", "partition 0"},
		{"main above nodes", word(kindCut, 2, 5), ErrInvalid, "cut", "main part of 5"},
		{"main too small", word(kindCut, 7, 1), ErrInvalid, "cut", "main part of 1"},
		{"first edge off", word(kindCut, 8, 3), ErrInvalid, "cut", "partition 1 has"},
		{"edges off", word(kindCut, 4, 3), ErrInvalid, "cut", "partition 0 has 3 edges"},
		{"cell of level 0", word(kindCells, 1, 0), ErrInvalid, "cells", "a cell of level 0"},
		{"cells out of order", word(kindCells, 2, 0), ErrInvalid, "cells", "begins at node 0"},
		{"partition within a cell", word(kindCells, 2, 4), ErrInvalid, "cells", "its first cell at 4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := small(t)
			c.change(file)
			reseal(file)
			_, err := parse(file)
			var where *FileError
			if !errors.As(err, &where) || where.Kind != c.kind || where.Section != c.section || !strings.Contains(where.Reason, c.says) {
				t.Fatalf("%v; expected %v in %s: %q", err, c.kind, c.section, c.says)
			}
			for kind := uint32(1); kind < kindRest; kind++ {
				if at := int64(le.Uint64(entry(file, kind)[8:])); sectionNames[kind] == where.Section &&
					(where.Offset < at || where.Offset >= at+int64(le.Uint64(entry(file, kind)[16:]))) && where.Kind == ErrInvalid && c.says != "missing" {
					t.Errorf("%v: the byte is not in the section", err)
				}
			}
		})
	}
}

func TestMainMustHangTogether(t *testing.T) {
	g, err := ParseMap(strings.NewReader("type octile\nheight 1\nwidth 5\nmap\n..@..\n"), "two")
	if err != nil {
		t.Fatal(err)
	}
	w, err := Build(g.Graph(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		main uint32
		rest []uint32
		says string
	}{
		{2, []uint32{2, 3}, ""},
		{4, nil, "not strongly connected"},
		{2, []uint32{1, 3}, "not strongly connected"},
		{3, []uint32{2}, "not strongly connected"},
		{2, []uint32{2}, "1 outside it"},
		{3, []uint32{2, 3}, "2 outside it"},
		{2, []uint32{3, 2}, "ascend"},
		{2, []uint32{3, 4}, "node 4 of 4"},
	} {
		w.Cut[0].Main, w.Rest = c.main, c.rest
		if _, err := parse(fileOf(t, w)); c.says != "" && (!errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.says)) || c.says == "" && err != nil {
			t.Errorf("a main part of %d without %v: %v, expected %q", c.main, c.rest, err, c.says)
		}
	}
	g, err = ParseMap(strings.NewReader("type octile\nheight 1\nwidth 3\nmap\n...\n"), "one")
	if err != nil {
		t.Fatal(err)
	}
	if w, err = Build(g.Graph(), 1); err != nil {
		t.Fatal(err)
	}
	w.Cut[0].Main, w.Rest = 2, []uint32{2}
	if _, err := parse(fileOf(t, w)); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "3 hang together") {
		t.Errorf("a node that could be in the main part: %v", err)
	}
}

// TestUnknownSection holds that a later version may add sections.
func TestUnknownSection(t *testing.T) {
	w := generated(t, 2)
	all := append(w.sections(), section{kind: 1000, data: []byte("something new")})
	seal(all)
	file := layout(all)
	for _, s := range all {
		file = append(append(file, make([]byte, int(s.offset)-len(file))...), s.data...)
	}
	got, err := parse(lay(file))
	if err != nil || got.Hash() != w.Hash() {
		t.Errorf("%v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		is   error
		says string
	}{
		{filepath.Join(dir, "none"), os.ErrNotExist, "none"},
		{empty, ErrForeign, "0 bytes"},
		{dir, nil, "not a regular file"},
	} {
		if _, err := Open(c.path); err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.path, err)
		}
	}
}

// TestWriteLeavesNothing breaks a write at its end: a folder is in the way.
func TestWriteLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "w.world"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := generated(t, 1).Write(filepath.Join(dir, "w.world")); err == nil {
		t.Error("a folder was replaced")
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v was left: %v", files, err)
	}
}

type shortWriter int

func (w *shortWriter) Write(b []byte) (int, error) {
	if int(*w) < len(b) {
		return int(*w), io.ErrShortWrite
	}
	*w -= shortWriter(len(b))
	return len(b), nil
}

func TestWriteToReportsErrors(t *testing.T) {
	w := generated(t, 1)
	for _, room := range []int{0, headerSize, headerSize + entrySize*(kindRest-1) + 1, int(w.Size()) - 1} {
		out := shortWriter(room)
		if _, err := w.WriteTo(&out); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	file := small(f)
	f.Add([]byte(file), false)
	f.Add([]byte(file), true)
	f.Add([]byte(file[:len(file)-1]), false)
	f.Add([]byte(magic), true)
	f.Fuzz(func(t *testing.T, data []byte, sealed bool) {
		data = lay(data)
		if sealed {
			reseal(data)
		}
		w, err := parse(data)
		var where *FileError
		if err != nil {
			if !errors.As(err, &where) || where.Section == "" || where.Offset < 0 || where.Offset > int64(len(data)) {
				t.Fatalf("%v does not say where", err)
			}
			return
		}
		for p := range w.Cut { // what is accepted must be safe to walk
			w.BorderEdges(codec.PartitionID(p))
		}
		if again, err := parse(fileOf(t, w)); err != nil || again.Hash() != w.Hash() {
			t.Fatalf("what was accepted does not survive a rewrite: %v", err)
		}
	})
}
