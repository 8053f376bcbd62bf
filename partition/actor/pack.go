package actor

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A stored snapshot is what the core writes, as a DEFLATE stream behind a byte
// for the way of packing and the unpacked length, u32, little endian. Of the
// 3 MB of a million edges, 4 KB are left where none is congested, 75 KB where
// one in a hundred is, 1.6 MB where all are, in 2 to 30 ms; s2 leaves more.
const (
	packDeflate = 1
	packHeader  = 1 + 4
)

var errPacked = errors.New("it is damaged, or packed in another way")

// packer packs one snapshot after the other.
type packer struct {
	out     bytes.Buffer
	deflate *flate.Writer
}

// pack gives what is to be stored, valid until the next call.
func (p *packer) pack(snapshot []byte) ([]byte, error) {
	var err error
	if p.deflate == nil {
		p.deflate, err = flate.NewWriter(&p.out, flate.BestSpeed)
	}
	p.out.Reset()
	p.out.Write(binary.LittleEndian.AppendUint32([]byte{packDeflate}, uint32(len(snapshot))))
	if err == nil {
		p.deflate.Reset(&p.out)
		_, err = p.deflate.Write(snapshot)
	}
	if err == nil {
		err = p.deflate.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("pack a snapshot of %d bytes: %w", len(snapshot), err)
	}
	return p.out.Bytes(), nil
}

// Pack gives a snapshot of a core as Journal.PutSnapshot is given it.
func Pack(snapshot []byte) ([]byte, error) { return new(packer).pack(snapshot) }

// unpack gives the snapshot that was packed, no other length, and nothing behind it.
func unpack(stored []byte) ([]byte, error) {
	if len(stored) < packHeader || stored[0] != packDeflate {
		return nil, errPacked
	}
	size := binary.LittleEndian.Uint32(stored[1:])
	if size > maxUnpacked {
		return nil, fmt.Errorf("%w: %d bytes unpacked, lawful are %d", errPacked, size, maxUnpacked)
	}
	stream := bytes.NewReader(stored[packHeader:])
	inflate := flate.NewReader(stream)
	snapshot := make([]byte, size)
	if _, err := io.ReadFull(inflate, snapshot); err != nil {
		return nil, fmt.Errorf("%w: %w", errPacked, err)
	}
	if n, err := inflate.Read(make([]byte, 1)); n > 0 || err != io.EOF || stream.Len() > 0 {
		return nil, fmt.Errorf("%w: more than its %d bytes", errPacked, size)
	}
	return snapshot, nil
}
