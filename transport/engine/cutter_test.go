package engine

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/huntgraph/huntgraph/codec"
)

func gatewayFrames() []byte {
	b := codec.Join{Player: 1}.Append(nil)
	b = codec.Move{Player: 1, Seq: 1}.Append(b)
	b = codec.Subscribe{From: 3}.Append(b)
	b = codec.Ask{}.Append(b)
	return codec.Leave{Player: 1}.Append(b)
}

// all reads everything that a cutter hands out.
func all(t *testing.T, c *cutter, size int) (out []byte, frames int, err error) {
	t.Helper()
	buf := make([]byte, size)
	for {
		whole, n, readAt, err := c.next(buf)
		if err != nil {
			if whole != 0 || n != 0 {
				t.Fatalf("an error with %d bytes of %d frames", whole, n)
			}
			return out, frames, err
		}
		if whole == 0 || n == 0 || readAt <= 0 {
			t.Fatalf("nothing in hand: %d bytes, %d frames, read at %d", whole, n, readAt)
		}
		out = append(out, buf[:whole]...)
		frames += n
	}
}

func TestCutterSplitsAtEveryByte(t *testing.T) {
	want := gatewayFrames()
	for at := range want {
		r := io.MultiReader(bytes.NewReader(want[:at]), bytes.NewReader(want[at:]))
		got, frames, err := all(t, &cutter{r: r, allow: &fromGateway}, codec.MaxFrame)
		if !bytes.Equal(got, want) || frames != 5 || err != io.EOF {
			t.Fatalf("split at %d: %d bytes, %d frames, %v", at, len(got), frames, err)
		}
	}
	got, frames, err := all(t, &cutter{r: iotest.OneByteReader(bytes.NewReader(want)), allow: &fromGateway}, codec.MaxFrame)
	if !bytes.Equal(got, want) || frames != 5 || err != io.EOF {
		t.Fatalf("byte by byte: %d bytes, %d frames, %v", len(got), frames, err)
	}
}

func TestCutterEnds(t *testing.T) {
	move := codec.Move{Seq: 1}.Append(nil)
	boom := errors.New("boom")
	cases := []struct {
		name  string
		tail  []byte
		err   error // of the reader after the tail
		text  string
		clean bool
	}{
		{name: "clean", clean: true},
		{name: "unknown type", tail: []byte{0xff, 0, 0}, text: "unknown frame type"},
		{name: "type zero", tail: []byte{0}, text: "unknown frame type"},
		{name: "oversized length", tail: []byte{byte(codec.TypeMove), 0xff, 0xff}, text: "longer than"},
		{name: "length of another type", tail: []byte{byte(codec.TypeMove), 1, 0, 0}, text: "a move frame of 4 bytes cannot be read"},
		{name: "a name that is no text", tail: codec.Join{Name: codec.Name{0xff}}.Append(nil), text: "a join frame of 28 bytes cannot be read"},
		{name: "a node's frame", tail: codec.Reply{Hint: codec.NoHint(0)}.Append(nil), text: "a reply frame may not be sent"},
		{name: "a second hello", tail: goodHello().Append(nil), text: "a hello frame may not be sent"},
		{name: "cut in the header", tail: move[:2], text: "2 bytes into a frame"},
		{name: "cut in the payload", tail: move[:18], text: "18 bytes into a frame"},
		{name: "an error frame", tail: codec.Error{Code: codec.ErrorSlow, Text: "enough"}.Append(nil), text: "enough"},
		{name: "an error frame too long", tail: append([]byte{byte(codec.TypeError), 203, 0}, make([]byte, 203)...), text: "a error frame of 206 bytes"},
		{name: "the reader fails", err: boom, text: "boom"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			r := io.MultiReader(bytes.NewReader(move), bytes.NewReader(tc.tail))
			if tc.err != nil {
				r = io.MultiReader(r, iotest.ErrReader(tc.err))
			}
			c := &cutter{r: r, allow: &fromGateway}
			got, frames, err := all(t, c, readBuffer)
			if !bytes.Equal(got, move) || frames != 1 {
				t.Errorf("%d bytes, %d frames before the end, want the one move", len(got), frames)
			}
			if tc.clean != (err == io.EOF) || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("ends with %v, want %q", err, tc.text)
			}
			if _, _, _, again := c.next(make([]byte, readBuffer)); again != err {
				t.Errorf("then with %v, want the same error again", again)
			}
		})
	}
}

// FuzzCutter holds the cutter against a reading of the whole stream at once.
func FuzzCutter(f *testing.F) {
	f.Add(gatewayFrames(), []byte{1})
	f.Add(append(gatewayFrames(), 0xff), []byte{7, 1, 200})
	f.Add(codec.Error{Code: 1, Text: "x"}.Append(gatewayFrames()), []byte{3})
	f.Add(codec.Delta{}.Append(gatewayFrames()), []byte{255})
	f.Add(gatewayFrames()[:20], []byte{2, 2})
	f.Fuzz(func(t *testing.T, stream, sizes []byte) {
		whole, frames := oracle(stream)
		c := &cutter{r: &pieces{stream, sizes, 0}, allow: &fromGateway}
		got, n, err := all(t, c, codec.MaxFrame+len(sizes))
		if !bytes.Equal(got, stream[:whole]) || n != frames {
			t.Fatalf("%d bytes of %d frames, the oracle says %d of %d", len(got), n, whole, frames)
		}
		var e codec.Error
		if whole == len(stream) != (err == io.EOF) || err != io.EOF && !errors.As(err, &e) {
			t.Fatalf("%d of %d bytes are whole, and it ends with %v", whole, len(stream), err)
		}
	})
}

// oracle is how far a stream is frames that a gateway may send, found slowly with each frame's own parser.
func oracle(b []byte) (whole, frames int) {
	for {
		kind, payload, rest, err := codec.Next(b[whole:])
		if err == nil {
			switch kind {
			case codec.TypeMove:
				_, err = codec.ParseMove(payload)
			case codec.TypeJoin:
				_, err = codec.ParseJoin(payload)
			case codec.TypeLeave:
				_, err = codec.ParseLeave(payload)
			case codec.TypePresent:
				_, err = codec.ParsePresent(payload)
			case codec.TypeSubscribe:
				_, err = codec.ParseSubscribe(payload)
			case codec.TypeAsk:
				_, err = codec.ParseAsk(payload)
			default:
				err = codec.ErrType
			}
		}
		if err != nil {
			return whole, frames
		}
		whole = len(b) - len(rest)
		frames++
	}
}

// pieces reads b in pieces of the given sizes, over and over.
type pieces struct {
	b, sizes []byte
	at       int
}

func (p *pieces) Read(dst []byte) (int, error) {
	if len(p.b) == 0 {
		return 0, io.EOF
	}
	n := 1
	if len(p.sizes) > 0 {
		n = max(1, int(p.sizes[p.at%len(p.sizes)]))
		p.at++
	}
	n = copy(dst[:min(n, len(dst))], p.b)
	p.b = p.b[n:]
	return n, nil
}
