package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/minio/highwayhash"

	"github.com/huntgraph/huntgraph/codec"
)

// The server finds a damaged record either by cutting the stream there, which
// destroys the evidence, or when it is read. Worse, after a clean stop it trusts
// its index file and believes a damaged sequence before it has looked at the
// checksum; it then counts up to that sequence until memory runs out. So the
// files are checked before the server sees them.
//
// A block file (msgs/1.blk, 2.blk, ...) is a run of records, little endian:
// length of the whole record u32, its top bit set if there are headers;
// sequence u64; time u64; subject's length u16; subject; if there are headers,
// their length u32 and they; message; checksum of 8 bytes over all but the
// lengths, keyed by stream and block.
const (
	blockHeader = 4 + 8 + 8 + 2
	checksumLen = 8
	headersBit  = 1 << 31
	stateFile   = "index.db" // what the server knew at a clean stop; without it, it reads all blocks
)

// checkStreams checks every record of every stream on disk.
func checkStreams(streams string) error {
	folders, err := streamFolders(streams)
	if err != nil {
		return err
	}
	for _, name := range folders {
		if err := checkStream(filepath.Join(streams, name, "msgs"), name); err != nil {
			return err
		}
	}
	return nil
}

// checkStream refuses a stream with a bad record in it. A torn end is left to the
// server to cut, going by its checksums instead of its index.
func checkStream(dir, name string) error {
	s := scanStream(dir, name)
	if s.Err != nil || !s.Torn {
		return s.Err
	}
	if err := os.Remove(filepath.Join(dir, stateFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("journal: looking at stream %s: %w", name, err)
	}
	return nil
}

// Scanned is what a stream's files hold.
type Scanned struct {
	Stream  string
	File    string // the block with the bad record, or the folder if none is to blame
	Records int    // good ones, up to the first bad one
	Torn    bool   // the last write is cut short; whoever made it was never told that it is durable
	Err     error  // a *DamageError for a partition's log, else it names the stream and wraps ErrDamaged
}

// scanStream looks for the first bad record of a stream. One at the very end may
// be a write that a power loss tore, which nobody was told is durable (every
// message is synced before the next is written). The log of a round that was
// followed by another has no such end: it was whole before that began.
func scanStream(dir, name string) (s Scanned) {
	s = Scanned{Stream: name, File: dir}
	fail := func(err error) Scanned {
		s.Err = fmt.Errorf("journal: looking at stream %s: %w", name, err)
		return s
	}
	blocks, err := blockFiles(dir)
	if err != nil {
		return fail(err)
	}
	ours := strings.HasPrefix(name, "hunt-") // sequences without a gap; an object store drops old objects
	next := uint64(1)
	for i, file := range blocks {
		path := filepath.Join(dir, file.name)
		data, err := os.ReadFile(path)
		if err != nil {
			return fail(err)
		}
		b, err := newBlock(name, file.number, data)
		if err != nil {
			return fail(err)
		}
		first := next
		var good int
		next, good = b.walk(next, ours)
		s.Records += int(next - first)
		if good == len(data) {
			continue
		}
		s.Torn, s.File = true, path
		over, err := goesOn(dir, name)
		if err != nil {
			return fail(err)
		}
		if over || i < len(blocks)-1 || !b.torn(good) {
			s.Torn = false
			s.Err = damaged(name, next, fmt.Errorf("the bytes of %s from offset %d on are not the record that was stored; restore the file, or move the data away", path, good))
			return s
		}
	}
	return s
}

// goesOn reports whether the stream is a partition's log and that of its next
// round, beside it, holds anything. Rounds of a partition follow one by one.
func goesOn(dir, name string) (bool, error) {
	if !logName.MatchString(name) {
		return false, nil
	}
	round, ok := roundOf(name, "-r")
	if !ok {
		return false, nil
	}
	next := filepath.Join(dir, "..", "..", strings.TrimSuffix(name, decimal(round))+decimal(round+1), "msgs")
	blocks, err := blockFiles(next)
	if err != nil {
		return false, err
	}
	for _, file := range blocks {
		info, err := os.Stat(filepath.Join(next, file.name))
		if err != nil {
			return false, err
		}
		if info.Size() > 0 {
			return true, nil
		}
	}
	return false, nil
}

// damaged names what is damaged, which is known by the stream's name.
func damaged(name string, seq uint64, err error) error {
	if m := logName.FindStringSubmatch(name); m != nil {
		p, perr := strconv.ParseUint(m[1], 10, 16)
		r, rerr := strconv.ParseUint(m[2], 10, 32)
		if perr == nil && rerr == nil {
			return &DamageError{codec.PartitionID(p), codec.Index{Round: codec.Round(r), Seq: seq}, err}
		}
	}
	return fmt.Errorf("%w: stream %s: %w", ErrDamaged, name, err)
}

var logName = regexp.MustCompile(`^hunt-.+-p(\d+)-r(\d+)$`)

type blockFile struct {
	name   string
	number int
}

// blockFiles lists a stream's blocks in order.
func blockFiles(dir string) ([]blockFile, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var blocks []blockFile
	for _, e := range entries {
		if n, err := strconv.Atoi(strings.TrimSuffix(e.Name(), ".blk")); err == nil && strings.HasSuffix(e.Name(), ".blk") {
			blocks = append(blocks, blockFile{e.Name(), n})
		}
	}
	slices.SortFunc(blocks, func(a, b blockFile) int { return a.number - b.number })
	return blocks, nil
}

// block is a block file's content and what its checksums are made with.
type block struct {
	data []byte
	hash hash.Hash64
}

func newBlock(stream string, number int, data []byte) (*block, error) {
	key := sha256.Sum256(fmt.Appendf(nil, "%s-%d", stream, number))
	h, err := highwayhash.New64(key[:])
	return &block{data, h}, err
}

// walk goes over the good records from the start, which are next, next+1, ... if
// contiguous is set. It returns the sequence that follows and the offset of the
// first bad record, or of the end.
func (b *block) walk(next uint64, contiguous bool) (uint64, int) {
	for at := 0; ; next++ {
		seq, size := b.record(at)
		if size == 0 || contiguous && (seq != next || !b.split(at)) {
			return next, at
		}
		at += size
	}
}

// split reports whether the headers of the good record at an offset end where
// their length says. That length is outside of the checksum: a wrong one would
// make a part of the headers the message's, or the other way round. Every
// append has headers, the expected sequence among them.
func (b *block) split(at int) bool {
	r := b.data[at:]
	if binary.LittleEndian.Uint32(r)&headersBit == 0 {
		return false
	}
	r = r[blockHeader+int(binary.LittleEndian.Uint16(r[20:])):]
	end := []byte("\r\n\r\n")
	return bytes.Index(r[4:], end)+len(end) == int(binary.LittleEndian.Uint32(r))
}

// torn reports whether the bytes from offset at on may be what one write left that
// did not come to its end: no whole record, which would be one of another place,
// and nothing behind it.
func (b *block) torn(at int) bool {
	rest := b.data[at:]
	if _, whole := b.record(at); whole > 0 || len(rest) > maxStored || b.follows(at) {
		return false
	}
	if len(rest) < 4 {
		return true
	}
	size := int(binary.LittleEndian.Uint32(rest) &^ headersBit)
	return size == 0 || size >= len(rest) // 0: its first page did not reach the disk
}

// follows reports whether a good record stands anywhere behind offset at: then
// the bytes at it are not what the last write left.
func (b *block) follows(at int) bool {
	for at++; at < len(b.data); at++ {
		if _, size := b.record(at); size > 0 {
			return true
		}
	}
	return false
}

// record reads the record at an offset; size is 0 if there is no good one.
func (b *block) record(at int) (seq uint64, size int) {
	if len(b.data)-at < blockHeader+checksumLen {
		return 0, 0
	}
	r := b.data[at:]
	length := binary.LittleEndian.Uint32(r)
	size = int(length &^ headersBit)
	subject := blockHeader + int(binary.LittleEndian.Uint16(r[20:]))
	message := subject
	if length&headersBit != 0 {
		message += 4
	}
	if size > min(len(r), maxStored) || message > size-checksumLen {
		return 0, 0
	}
	b.hash.Reset()
	for _, part := range [][]byte{r[4:20], r[blockHeader:subject], r[message : size-checksumLen]} {
		_, _ = b.hash.Write(part) // a hash never fails
	}
	if !bytes.Equal(b.hash.Sum(nil), r[size-checksumLen:size]) {
		return 0, 0
	}
	return binary.LittleEndian.Uint64(r[4:]), size
}
