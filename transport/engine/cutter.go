package engine

import (
	"errors"
	"fmt"
	"io"

	"github.com/huntgraph/huntgraph/codec"
)

// span is the lengths that a frame of a type may have, header included, in bytes.
type span struct{ min, max int }

// shapes are the frames that one side may send. A type that is not in it may
// not be sent.
type shapes [codec.TypeError + 1]span

const (
	headerLen = 3 // type u8, payload length u16
	minErrLen = headerLen + 2
	maxErrLen = minErrLen + codec.MaxErrorText
	minEvent  = headerLen + 1 + 4 + 4
)

// fromGateway and fromNode are what either side may send after the hellos.
var (
	fromGateway = shapes{
		codec.TypeJoin:      {codec.JoinLen, codec.JoinLen},
		codec.TypeLeave:     {codec.LeaveLen, codec.LeaveLen},
		codec.TypeMove:      {codec.MoveLen, codec.MoveLen},
		codec.TypeSubscribe: {codec.SubscribeLen, codec.SubscribeLen},
		codec.TypeError:     {minErrLen, maxErrLen},
	}
	fromNode = shapes{
		codec.TypeJoined:  {codec.JoinedLen, codec.JoinedLen},
		codec.TypeReply:   {codec.ReplyLen, codec.ReplyLen},
		codec.TypeDurable: {codec.DurableLen, codec.DurableLen},
		codec.TypeGrant:   {codec.GrantLen, codec.GrantLen},
		codec.TypeDelta:   {codec.DeltaLen, codec.DeltaLen},
		codec.TypeEvent:   {minEvent, codec.MaxEventLen},
		codec.TypeError:   {minErrLen, maxErrLen},
	}
)

// cutter reads a stream in large pieces and cuts them at whole frames. Its
// memory is what is left of a frame between two reads.
type cutter struct {
	r     io.Reader
	allow *shapes
	left  [codec.MaxFrame]byte
	n     int   // bytes in left
	err   error // what ends the stream once the frames before it are handed out
}

// next fills buf, which must hold codec.MaxFrame bytes, with whole frames that
// the side may send. It reads until there is at least one: whole and frames are
// above zero, or err is set and stays so. io.EOF is the clean end; an error
// frame of the far end is told; what cannot be followed is a codec.Error with
// ErrorProtocol. Frames that came before any of these are handed out first.
func (c *cutter) next(buf []byte) (whole, frames int, readAt int64, err error) {
	at := copy(buf, c.left[:c.n])
	c.n = 0
	for c.err == nil && frames == 0 {
		n, err := c.r.Read(buf[at:])
		readAt = Nanotime()
		at += n
		whole, frames, c.err = cut(buf[:at], c.allow)
		if c.err == nil && err != nil {
			c.err = broken(err, at-whole)
		}
	}
	if frames == 0 {
		return 0, 0, 0, c.err
	}
	if c.err == nil {
		c.n = copy(c.left[:], buf[whole:at])
	}
	return whole, frames, readAt, nil
}

// cut is how far b is whole frames that may be sent, how many they are, and
// what comes after them if the stream cannot go on: a frame that may not be
// sent, bytes that are no frame, or an error frame.
func cut(b []byte, allow *shapes) (whole, frames int, err error) {
	for whole < len(b) {
		t, payload, rest, err := codec.Next(b[whole:])
		if errors.Is(err, codec.ErrTruncated) {
			break
		}
		if err != nil {
			return whole, frames, refusal(codec.ErrorProtocol, "the bytes after a frame are none (%v); check that both sides speak version %d", err, codec.Version)
		}
		length := len(b) - whole - len(rest)
		if s := allow[t]; length < s.min || length > s.max {
			return whole, frames, misfit(t, length, s)
		}
		if t == codec.TypeError {
			e, err := codec.ParseError(payload)
			if err != nil {
				return whole, frames, refusal(codec.ErrorProtocol, "an error frame cannot be read: %v", err)
			}
			return whole, frames, told{e}
		}
		whole += length
		frames++
	}
	return whole, frames, nil
}

func misfit(t codec.Type, length int, s span) codec.Error {
	if s.max == 0 {
		return refusal(codec.ErrorProtocol, "a %v frame may not be sent in this direction or place", t)
	}
	return refusal(codec.ErrorProtocol, "a %v frame has %d bytes, want %d to %d; check that both sides speak version %d",
		t, length, s.min, s.max, codec.Version)
}

// broken is what a failed read means with over bytes of a frame in hand.
func broken(err error, over int) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	if over > 0 {
		return refusal(codec.ErrorProtocol, "the stream ended %d bytes into a frame; end it after a whole one", over)
	}
	return io.EOF
}

// readFrame reads the one frame that a stream begins with, and not a byte of
// what follows it. buf must hold codec.MaxFrame bytes.
func readFrame(r io.Reader, buf []byte) (t codec.Type, payload []byte, err error) {
	if err := fill(r, buf[:headerLen]); err != nil {
		return 0, nil, err
	}
	if _, _, _, err := codec.Next(buf[:headerLen]); err != nil && !errors.Is(err, codec.ErrTruncated) {
		return 0, nil, refusal(codec.ErrorProtocol, "the stream does not begin with a frame (%v); send a hello first", err)
	}
	n := headerLen + (int(buf[1]) | int(buf[2])<<8) // at most codec.MaxFrame, as Next found
	if err := fill(r, buf[headerLen:n]); err != nil {
		return 0, nil, err
	}
	t, payload, _, err = codec.Next(buf[:n])
	return t, payload, err
}

// fill reads all of b, which is of a stream's first frame.
func fill(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	switch {
	case len(b) == 0 || err == nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return refusal(codec.ErrorProtocol, "the stream ended before a whole hello; send one first")
	}
	return fmt.Errorf("read the hello: %w", err)
}
