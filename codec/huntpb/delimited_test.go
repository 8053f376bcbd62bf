package huntpb

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

func move(seq uint32) *ClientMessage {
	return &ClientMessage{Body: &ClientMessage_Move{Move: &Move{Seq: seq, Edge: 7}}}
}

func hello(token int) *ClientMessage {
	return &ClientMessage{Body: &ClientMessage_Hello{Hello: &Hello{Version: 1, Token: strings.Repeat("t", token)}}}
}

func delimited(t testing.TB, messages ...*ClientMessage) (b []byte) {
	t.Helper()
	for _, m := range messages {
		var err error
		if b, err = AppendDelimited(b, m); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func TestDelimitedRoundTrip(t *testing.T) {
	sent := []*ClientMessage{hello(300), {}, move(1), hello(0), move(1 << 31), hello(4000)}
	stream := delimited(t, sent...)
	arrivals := map[string]func(io.Reader) io.Reader{
		"at once":           func(r io.Reader) io.Reader { return r },
		"one byte a read":   iotest.OneByteReader,
		"half a read":       iotest.HalfReader,
		"end with the last": iotest.DataErrReader,
	}
	for name, arrive := range arrivals {
		for _, buffer := range []int{16, MaxClientMessage} {
			t.Run(fmt.Sprintf("%s/buffer=%d", name, buffer), func(t *testing.T) {
				r := bufio.NewReaderSize(arrive(bytes.NewReader(stream)), buffer)
				var m ClientMessage
				for i, want := range sent {
					if err := ReadDelimited(r, MaxClientMessage, &m); err != nil {
						t.Fatalf("message %d: %v", i, err)
					}
					if !proto.Equal(&m, want) {
						t.Fatalf("message %d: %v, sent %v", i, &m, want)
					}
				}
				if err := ReadDelimited(r, MaxClientMessage, &m); err != io.EOF {
					t.Fatalf("after the last one: %v, want io.EOF", err)
				}
			})
		}
	}
}

func TestReadDelimitedTruncated(t *testing.T) {
	whole := delimited(t, hello(300))
	for n := 1; n < len(whole); n++ {
		for _, buffer := range []int{16, MaxClientMessage} {
			r := bufio.NewReaderSize(bytes.NewReader(whole[:n]), buffer)
			if err := ReadDelimited(r, MaxClientMessage, &ClientMessage{}); err != io.ErrUnexpectedEOF {
				t.Errorf("%d of %d bytes, buffer %d: %v, want io.ErrUnexpectedEOF", n, len(whole), buffer, err)
			}
		}
	}
}

func TestReadDelimitedRefuses(t *testing.T) {
	gone := errors.New("the stream was reset")
	overlong := bytes.Repeat([]byte{0x80}, 10)
	for _, c := range []struct {
		name  string
		bytes []byte
		max   int
		want  error
	}{
		{"as long as allowed", delimited(t, hello(100)), proto.Size(hello(100)), nil},
		{"one byte too long", delimited(t, hello(100)), proto.Size(hello(100)) - 1, ErrOversized},
		{"a length of 2^63", protowire.AppendVarint(nil, 1<<63), MaxClientMessage, ErrOversized},
		{"a length of 2^64-1", protowire.AppendVarint(nil, 1<<64-1), MaxClientMessage, ErrOversized},
		{"a length without end", overlong, MaxClientMessage, ErrMessage},
		{"HTTP", []byte("GET / HTTP/1.1\r\n\r\n" + strings.Repeat("x", 100)), MaxClientMessage, ErrMessage},
		{"a field cut by the length", []byte{2, 0x0a, 0x05}, MaxClientMessage, ErrMessage},
		{"a varint cut by the length", []byte{2, 0x0a, 0x80}, MaxClientMessage, ErrMessage},
		{"an inner varint cut", []byte{4, 0x1a, 0x02, 0x08, 0x80}, MaxClientMessage, ErrMessage},
		{"an unknown field cut", []byte{2, 0x7a, 0x05}, MaxClientMessage, ErrMessage},
		{"field number 0", []byte{2, 0x00, 0x01}, MaxClientMessage, ErrMessage},
		{"a token that is not UTF-8", []byte{5, 0x0a, 0x03, 0x12, 0x01, 0xff}, MaxClientMessage, ErrMessage},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := bufio.NewReader(bytes.NewReader(c.bytes))
			if err := ReadDelimited(r, c.max, &ClientMessage{}); !errors.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
		})
	}
	t.Run("the stream's own error", func(t *testing.T) {
		for n := range delimited(t, move(1)) {
			raw := io.MultiReader(bytes.NewReader(delimited(t, move(1))[:n]), iotest.ErrReader(gone))
			err := ReadDelimited(bufio.NewReader(raw), MaxClientMessage, &ClientMessage{})
			if !errors.Is(err, gone) || errors.Is(err, ErrMessage) {
				t.Fatalf("after %d bytes: %v, want %v", n, err, gone)
			}
		}
	})
}

func TestReadDelimitedKeepsNothing(t *testing.T) {
	r := bufio.NewReader(bytes.NewReader(delimited(t, hello(5), &ClientMessage{})))
	var m ClientMessage
	for range 2 {
		if err := ReadDelimited(r, MaxClientMessage, &m); err != nil {
			t.Fatal(err)
		}
	}
	if m.Body != nil {
		t.Fatalf("the message before shows in an empty one: %v", &m)
	}
}

func TestAppendDelimitedRefusesBadText(t *testing.T) {
	before := []byte("before")
	got, err := AppendDelimited(before, &Error{Text: "\xff"})
	if err == nil || !strings.Contains(err.Error(), "Error") {
		t.Fatalf("%v, want an error that names the message", err)
	}
	if string(got) != "before" {
		t.Fatalf("left %q behind", got)
	}
}

// FuzzReadDelimited feeds a hostile stream: no panic, only the errors that are
// promised, no more taken up than allowed, and what was read says the same again.
func FuzzReadDelimited(f *testing.F) {
	f.Add(delimited(f, hello(20), move(1), move(2)))
	f.Add(delimited(f, &ClientMessage{}))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Add([]byte{2, 0x0a, 0x80})
	f.Add(protowire.AppendVarint(nil, 1<<63))
	const max = 64
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := bufio.NewReaderSize(bytes.NewReader(stream), 16)
		for {
			var m, again ClientMessage
			err := ReadDelimited(r, max, &m)
			if err == nil {
				if err := ReadDelimited(bufio.NewReader(bytes.NewReader(delimited(t, &m))), 2*max, &again); err != nil {
					t.Fatalf("%v does not read back: %v", &m, err)
				}
				if !proto.Equal(&m, &again) {
					t.Fatalf("%v became %v", &m, &again)
				}
				continue
			}
			if err != io.EOF && err != io.ErrUnexpectedEOF && !errors.Is(err, ErrOversized) && !errors.Is(err, ErrMessage) {
				t.Fatalf("an error of no promised kind: %v", err)
			}
			return
		}
	})
}
