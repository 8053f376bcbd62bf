package codec

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

// canonical: what a payload parses to is appended as the same bytes, so a frame
// has one spelling and a record one hash.
func canonical(t *testing.T, typ Type, payload []byte) {
	t.Helper()
	f, err := parsers[typ](payload)
	switch err {
	case nil:
	case ErrTruncated, ErrOversized, ErrValue:
		return
	default:
		t.Fatalf("%v %x: an error of no promised kind: %v", typ, payload, err)
	}
	want := append(appendHeader(nil, typ, len(payload)), payload...)
	if got := f.Append(nil); !bytes.Equal(got, want) || f.Len() != len(want) {
		t.Fatalf("%v %+v, Len %d\nfrom %x\n  to %x", typ, f, f.Len(), want, got)
	}
}

// FuzzNext follows a hostile stream to its end or to an error.
func FuzzNext(f *testing.F) {
	all, ends := stream()
	f.Add(all)
	f.Add(all[:ends[3]-1])
	f.Add(bytes.Repeat(Move{}.Append(nil), 3))
	f.Add([]byte("GET / HTTP/1.1\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		rest, err := b, error(nil)
		for {
			var typ Type
			var payload []byte
			before := len(rest)
			if typ, payload, rest, err = Next(rest); err != nil {
				if len(rest) != before {
					t.Fatalf("%v took %d bytes", err, before-len(rest))
				}
				break
			}
			if before != headerLen+len(payload)+len(rest) {
				t.Fatalf("%d bytes became a payload of %d and a rest of %d", before, len(payload), len(rest))
			}
			canonical(t, typ, payload)
		}
		n, wholeErr := Whole(b)
		if n != len(b)-len(rest) {
			t.Fatalf("Whole is %d, Next got to %d", n, len(b)-len(rest))
		}
		if err == ErrTruncated {
			err = nil
		}
		if wholeErr != err {
			t.Fatalf("Whole: %v, Next: %v", wholeErr, err)
		}
	})
}

// FuzzFrame gives each type's parser any payload, also ones that Next would refuse.
func FuzzFrame(f *testing.F) {
	for _, c := range frames {
		f.Add(uint8(c.t), c.frame.Append(nil)[headerLen:])
	}
	f.Fuzz(func(t *testing.T, typ uint8, payload []byte) {
		if !Type(typ).known() || len(payload) > 1<<16-1 {
			return
		}
		canonical(t, Type(typ), payload)
	})
}

func FuzzInput(f *testing.F) {
	var all []byte
	for _, c := range inputs {
		all = c.in.Append(all)
		f.Add(c.in.Append(nil))
	}
	f.Add(all)
	f.Fuzz(func(t *testing.T, b []byte) { canonicalInputs(t, b) })
}

func canonicalInputs(t *testing.T, b []byte) {
	t.Helper()
	var in Input
	var again []byte
	for rest := b; ; {
		var err error
		if rest, err = ParseInput(rest, &in); err != nil {
			if err != ErrTruncated && err != ErrType && err != ErrValue {
				t.Fatalf("an error of no promised kind: %v", err)
			}
			break
		}
		again = in.Append(again)
		if taken := b[:len(b)-len(rest)]; !bytes.Equal(again, taken) {
			t.Fatalf("%+v\nfrom %x\n  to %x", in, taken, again)
		}
	}
}

// FuzzRecord reads any bytes as a whole record, as a replay does.
func FuzzRecord(f *testing.F) {
	for _, c := range records() {
		f.Add(c.bytes)
		f.Add(c.bytes[:len(c.bytes)-1])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, body, err := ParseRecord(b)
		if err != nil {
			if err != ErrTruncated && err != ErrOversized && err != ErrType && err != ErrVersion {
				t.Fatalf("an error of no promised kind: %v", err)
			}
			return
		}
		again := h.Append(nil)
		switch h.Kind {
		case RecordBase:
			s, err := ParseBase(body)
			if err != nil {
				return
			}
			again = s.Append(again)
		case RecordTicks:
			first, last, rest, err := ParseTicks(body)
			if err != nil {
				return
			}
			if last < first {
				t.Fatalf("ticks [%d, %d]", first, last)
			}
			canonicalInputs(t, rest)
			again = append(AppendTicks(again, first, last), rest...)
		}
		if !bytes.Equal(again, b) {
			t.Fatalf("from %x\n  to %x", b, again)
		}
	})
}

// FuzzName: whatever a player calls itself becomes a name that parses, and a name has one spelling.
func FuzzName(f *testing.F) {
	for _, c := range names {
		f.Add(c.from)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := NameOf(s)
		if !n.Valid() || !utf8.ValidString(n.String()) || len(n.String()) > MaxName {
			t.Fatalf("%q became %q (% x)", s, n, n[:])
		}
		if NameOf(n.String()) != n {
			t.Fatalf("%q became %q, and that %q", s, n, NameOf(n.String()))
		}
	})
}
