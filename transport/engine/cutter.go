package engine

import (
	"errors"
	"fmt"
	"io"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/identity"
)

// grammar is what one side may send after the hellos: a parser for each type
// that it may, so that whoever gets a frame from here can read it.
type grammar [codec.Types]func(payload []byte) error

const headerLen = 3 // type u8, payload length u16

// The grammars of the roles: a gateway carries what players do, a game server
// sets weights, and neither may send what is the other's.
var (
	fromGateway = grammar{
		codec.TypeJoin:      parses(codec.ParseJoin),
		codec.TypeLeave:     parses(codec.ParseLeave),
		codec.TypePresent:   parses(codec.ParsePresent),
		codec.TypeMove:      parses(codec.ParseMove),
		codec.TypeSubscribe: parses(codec.ParseSubscribe),
		codec.TypeError:     parses(codec.ParseError),
		codec.TypeAsk:       parses(codec.ParseAsk),
	}
	fromGameServer = grammar{
		codec.TypeWeight: parses(codec.ParseSetWeight),
		codec.TypeError:  parses(codec.ParseError),
	}
	fromNode = grammar{
		codec.TypeJoined:  parses(codec.ParseJoined),
		codec.TypeReply:   parses(codec.ParseReply),
		codec.TypeDurable: parses(codec.ParseDurable),
		codec.TypeGrant:   parses(codec.ParseGrant),
		codec.TypeDelta:   parses(codec.ParseDelta),
		codec.TypeEvent:   parses(codec.ParseEvent),
		codec.TypeError:   parses(codec.ParseError),
		codec.TypeWeighed: parses(codec.ParseWeighed),
		codec.TypeWay:     parses(codec.ParseWay),
	}
)

// grammarOf is what a role may send to a node; TLS lets no node dial one.
func grammarOf(r identity.Role) *grammar {
	if r == identity.GameServer {
		return &fromGameServer
	}
	return &fromGateway
}

func parses[Frame any](parse func([]byte) (Frame, error)) func([]byte) error {
	return func(payload []byte) error {
		_, err := parse(payload)
		return err
	}
}

// cutter reads a stream in large pieces and cuts them at whole frames. Its
// memory is what is left of a frame between two reads.
type cutter struct {
	r      io.Reader
	allow  *grammar
	sender string // its role, for refusals
	left   [codec.MaxFrame]byte
	n      int   // bytes in left
	err    error // what ends the stream once the frames before it are handed out
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
		whole, frames, c.err = cut(buf[:at], c.allow, c.sender)
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
func cut(b []byte, allow *grammar, sender string) (whole, frames int, err error) {
	for whole < len(b) {
		t, payload, rest, err := codec.Next(b[whole:])
		if errors.Is(err, codec.ErrTruncated) {
			break
		}
		if err != nil {
			return whole, frames, refusal(codec.ErrorProtocol, "the bytes after a frame are none (%v); check that both sides speak version %d", err, codec.Version)
		}
		if allow[t] == nil {
			return whole, frames, refusal(misplaced(t), "a %v frame may not be sent by a %s here", t, sender)
		}
		if err := allow[t](payload); err != nil {
			return whole, frames, refusal(codec.ErrorProtocol, "a %v frame of %d bytes cannot be read (%v); check that both sides speak version %d",
				t, headerLen+len(payload), err, codec.Version)
		}
		if t == codec.TypeError {
			e, _ := codec.ParseError(payload) // it was parsed just now
			return whole, frames, told{e}
		}
		whole = len(b) - len(rest)
		frames++
	}
	return whole, frames, nil
}

// misplaced is the code for a frame that its sender may not send: some other
// role may, or none on this side.
func misplaced(t codec.Type) codec.ErrorCode {
	if fromGateway[t] != nil || fromGameServer[t] != nil {
		return codec.ErrorIdentity
	}
	return codec.ErrorProtocol
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
