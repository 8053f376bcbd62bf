package jepsen

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/huntgraph/huntgraph/codec"
)

// Flip changes one byte of a file in a data folder.
type Flip struct {
	Path   string // within the folder
	Offset int64
	Mask   byte // not 0
}

func (f Flip) String() string {
	return fmt.Sprintf("%s, offset %d, xor %#02x", f.Path, f.Offset, f.Mask)
}

// Apply flips the byte in the folder.
func (f Flip) Apply(dir string) error {
	file, err := os.OpenFile(filepath.Join(dir, f.Path), os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("flip a byte: %w", err)
	}
	var b [1]byte
	_, err = file.ReadAt(b[:], f.Offset)
	if err == nil {
		b[0] ^= f.Mask
		_, err = file.WriteAt(b[:], f.Offset)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("flip %v: %w", f, err)
	}
	return nil
}

// Where a data folder's journal lies, and the records in it. A stream here is
// short: its records fit one block.
const (
	journalDir = "jetstream"
	blockFiles = journalDir + "/*/streams/*/msgs/1.blk"
)

// Anywhere draws a flip in any of the journal's files, each as likely as the others.
func Anywhere(dir string, rng *rand.Rand) (Flip, error) {
	var paths []string
	var sizes []int64
	err := filepath.WalkDir(filepath.Join(dir, journalDir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() > 0 {
			path, err = filepath.Rel(dir, path)
			paths, sizes = append(paths, path), append(sizes, info.Size())
		}
		return err
	})
	if err != nil || len(paths) == 0 {
		return Flip{}, errors.Join(fmt.Errorf("no file of a journal in %s", dir), err)
	}
	i := rng.IntN(len(paths))
	return Flip{paths[i], rng.Int64N(sizes[i]), mask(rng)}, nil
}

// Tail draws a flip in the last record of any of the journal's block files: where
// a write that a kill tore would end.
func Tail(dir string, rng *rand.Rand) (Flip, error) {
	paths, err := fs.Glob(os.DirFS(dir), blockFiles)
	if err != nil {
		return Flip{}, fmt.Errorf("list the blocks: %w", err)
	}
	var tails []Flip
	for _, path := range paths {
		data, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			return Flip{}, fmt.Errorf("read a block: %w", err)
		}
		if begins := records(data); len(begins) > 0 {
			last := begins[len(begins)-1]
			tails = append(tails, Flip{path, last + rng.Int64N(int64(len(data))-last), mask(rng)})
		}
	}
	if len(tails) == 0 {
		return Flip{}, fmt.Errorf("no records of a journal in %s", dir)
	}
	return tails[rng.IntN(len(tails))], nil
}

// mask flips one bit, or more.
func mask(rng *rand.Rand) byte {
	if rng.IntN(2) == 0 {
		return 1 << rng.IntN(8)
	}
	return byte(1 + rng.IntN(255))
}

// Stream is the block file of a partition's round.
type Stream struct {
	Partition codec.PartitionID
	Round     codec.Round
	Path      string // within the data folder
	Records   []int64
	Size      int64
}

var streamName = regexp.MustCompile(`-p(\d+)-r(\d+)$`)

// Streams lists the partitions' streams that hold records.
func Streams(dir string) (list []Stream, err error) {
	blocks, err := fs.Glob(os.DirFS(dir), blockFiles)
	if err != nil {
		return nil, fmt.Errorf("list the streams: %w", err)
	}
	for _, path := range blocks {
		name := streamName.FindStringSubmatch(filepath.Dir(filepath.Dir(path)))
		if name == nil {
			continue // round events, or snapshots
		}
		data, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			return nil, fmt.Errorf("read a stream: %w", err)
		}
		if len(data) == 0 {
			continue // a round to come
		}
		partition, perr := strconv.ParseUint(name[1], 10, 16)
		round, rerr := strconv.ParseUint(name[2], 10, 32)
		if err := errors.Join(perr, rerr); err != nil {
			return nil, fmt.Errorf("read the name of stream %s: %w", path, err)
		}
		list = append(list, Stream{codec.PartitionID(partition), codec.Round(round), path, records(data), int64(len(data))})
	}
	return list, nil
}

// records gives the offset of each record in a sound block: a record begins with
// its length, whose top bit says that it has headers.
func records(block []byte) (offsets []int64) {
	for at := 0; at+4 <= len(block); {
		offsets = append(offsets, int64(at))
		size := int(binary.LittleEndian.Uint32(block[at:]) &^ (1 << 31))
		if size == 0 {
			break
		}
		at += size
	}
	return offsets
}

// Record is the sequence of the record that the byte at an offset belongs to.
func (s *Stream) Record(offset int64) (seq uint64) {
	for _, begin := range s.Records {
		if begin <= offset {
			seq++
		}
	}
	return seq
}

// Draw draws a flip in the records up to a sequence.
func (s *Stream) Draw(rng *rand.Rand, last int) Flip {
	end := s.Size
	if last < len(s.Records) {
		end = s.Records[last]
	}
	return Flip{s.Path, rng.Int64N(end), mask(rng)}
}

// Clone copies a data folder that no process uses. Blocks of zeros, of which an
// etcd log is full, become holes.
func Clone(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		if d.Type() == fs.ModeSocket { // of a process that was killed: nothing is in it
			return nil
		}
		return cloneFile(path, filepath.Join(to, rel))
	})
}

func cloneFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	block, zeros := make([]byte, copyBlock), make([]byte, copyBlock)
	var size int64
	for err == nil {
		var n int
		n, err = io.ReadFull(in, block)
		if n > 0 && !bytes.Equal(block[:n], zeros[:n]) {
			if _, werr := out.WriteAt(block[:n], size); werr != nil {
				err = werr
			}
		}
		size += int64(n)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = out.Truncate(size)
	}
	return errors.Join(err, out.Close())
}
