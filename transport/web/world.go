package web

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// World is the part of a world that the page draws and searches. The slices are
// read only during AppendWorld.
type World struct {
	X, Y       []int32  // a node's place, in the world's unit
	First      []uint32 // nodes + 1: where a node's edges begin in Head
	Head       []uint32 // the node that an edge leads to
	Base       []uint32 // an edge's base weight
	Partitions []uint32 // partitions + 1: the first node of each, and the number of nodes
}

// ErrWorld is the root of the errors of AppendWorld.
var ErrWorld = errors.New("web: not a world that the page can show")

const (
	worldMagic  = "HGV1"
	worldHeader = len(worldMagic) + 3*4 // nodes, edges, partitions
)

// AppendWorld appends the map as the page reads it, little endian: "HGV1", u32
// nodes, u32 edges, u32 partitions, then x, y, first, head, base and the first node of
// each partition (with one more that closes the last). It fails with ErrWorld if
// the slices do not fit each other or the result is above MaxWorldBytes.
func AppendWorld(dst []byte, w World) ([]byte, error) {
	if err := w.check(); err != nil {
		return dst, err
	}
	dst = append(dst, worldMagic...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(w.X)))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(w.Head)))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(w.Partitions)-1))
	for _, s := range [][]int32{w.X, w.Y} {
		for _, v := range s {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(v))
		}
	}
	for _, s := range [][]uint32{w.First, w.Head, w.Base, w.Partitions} {
		for _, v := range s {
			dst = binary.LittleEndian.AppendUint32(dst, v)
		}
	}
	return dst, nil
}

func (w *World) check() error {
	nodes, edges := len(w.X), len(w.Head)
	switch {
	case nodes == 0:
		return fmt.Errorf("%w: it has no nodes", ErrWorld)
	case len(w.Y) != nodes:
		return fmt.Errorf("%w: %d x but %d y", ErrWorld, nodes, len(w.Y))
	case len(w.First) != nodes+1:
		return fmt.Errorf("%w: first has %d entries, want nodes + 1 = %d", ErrWorld, len(w.First), nodes+1)
	case len(w.Base) != edges:
		return fmt.Errorf("%w: %d heads but %d weights", ErrWorld, edges, len(w.Base))
	case len(w.Partitions) < 2:
		return fmt.Errorf("%w: it has no partitions", ErrWorld)
	}
	if size := worldHeader + 4*(3*nodes+1+2*edges+len(w.Partitions)); size > MaxWorldBytes {
		return fmt.Errorf("%w: its map takes %d bytes, above the %d that the page is sent", ErrWorld, size, MaxWorldBytes)
	}
	if err := climbs("first", w.First, edges); err != nil {
		return err
	}
	if err := climbs("partitions", w.Partitions, nodes); err != nil {
		return err
	}
	for e, head := range w.Head {
		if int(head) >= nodes {
			return fmt.Errorf("%w: edge %d leads to node %d of %d", ErrWorld, e, head, nodes)
		}
	}
	return nil
}

// climbs checks that s goes from 0 to end and never back.
func climbs(name string, s []uint32, end int) error {
	if s[0] != 0 || int(s[len(s)-1]) != end {
		return fmt.Errorf("%w: %s goes from %d to %d, want 0 to %d", ErrWorld, name, s[0], s[len(s)-1], end)
	}
	for i := 1; i < len(s); i++ {
		if s[i] < s[i-1] {
			return fmt.Errorf("%w: %s goes back at %d, from %d to %d", ErrWorld, name, i, s[i-1], s[i])
		}
	}
	return nil
}
