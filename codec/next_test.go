package codec

import (
	"bytes"
	"reflect"
	"testing"
)

// stream is every case's frame, one after the other, and where each ends.
func stream() (b []byte, ends []int) {
	for _, c := range frames {
		b = c.frame.Append(b)
		ends = append(ends, len(b))
	}
	return b, ends
}

// TestStreamCutAnywhere cuts the stream at every byte: Whole finds the last
// border before the cut, and what a reader keeps and what comes later join up.
func TestStreamCutAnywhere(t *testing.T) {
	all, ends := stream()
	border := 0
	for cut := range len(all) + 1 {
		for border < len(ends) && ends[border] <= cut {
			border++
		}
		want := 0
		if border > 0 {
			want = ends[border-1]
		}
		if n, err := Whole(all[:cut]); n != want || err != nil {
			t.Fatalf("cut at %d: Whole is %d, %v; want %d", cut, n, err, want)
		}
		if cut == want {
			continue
		}
		_, payload, rest, err := Next(all[want:cut])
		if err != ErrTruncated || payload != nil || !bytes.Equal(rest, all[want:cut]) {
			t.Fatalf("cut at %d: Next gives %d bytes, leaves %d, %v; want ErrTruncated and all left", cut, len(payload), len(rest), err)
		}
	}
	rest := all
	for i, c := range frames {
		typ, payload, after, err := Next(rest)
		if err != nil {
			t.Fatalf("frame %d: %v", i, err)
		}
		if got, err := parsers[typ](payload); !reflect.DeepEqual(got, c.frame) || err != nil {
			t.Fatalf("frame %d: %+v, %v; want %+v", i, got, err, c.frame)
		}
		rest = after
	}
	if len(rest) != 0 {
		t.Fatalf("%d bytes left", len(rest))
	}
}

func TestNextRefuses(t *testing.T) {
	move := Move{Player: 1}.Append(nil)
	for _, c := range []struct {
		name  string
		bytes []byte
		want  error
	}{
		{"nothing", nil, ErrTruncated},
		{"type 0", []byte{0}, ErrType},
		{"the type after the last", []byte{byte(typeEnd), 0, 0}, ErrType},
		{"type 255", []byte{255, 0, 0}, ErrType},
		{"HTTP", []byte("GET / HTTP/1.1\r\n"), ErrType},
		{"a type alone", []byte{byte(TypeMove)}, ErrTruncated},
		{"half a length", []byte{byte(TypeMove), 16}, ErrTruncated},
		{"a length above all types'", []byte{byte(TypeMove), 1, 1}, ErrOversized},
		{"the highest length", []byte{byte(TypeMove), 255, 255}, ErrOversized},
		{"the longest payload, cut", append([]byte{byte(TypeMove), 0, 1}, make([]byte, MaxPayload-1)...), ErrTruncated},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, _, rest, err := Next(c.bytes); err != c.want || len(rest) != len(c.bytes) {
				t.Errorf("Next: %v, %d bytes left; want %v and all of them", err, len(rest), c.want)
			}
			n, err := Whole(append(move, c.bytes...))
			want := c.want
			if want == ErrTruncated {
				want = nil // more may come
			}
			if err != want || n != len(move) {
				t.Errorf("Whole after a move: %d, %v; want %d, %v", n, err, len(move), want)
			}
		})
	}
	if _, payload, _, err := Next(append([]byte{byte(TypeMove), 0, 1}, make([]byte, MaxPayload)...)); err != nil || len(payload) != MaxPayload {
		t.Errorf("the longest payload: %d bytes, %v", len(payload), err)
	}
}
