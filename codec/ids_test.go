package codec

import (
	"slices"
	"strings"
	"testing"
)

var names = []struct {
	name, from, want string
}{
	{"plain", "Ada", "Ada"},
	{"empty", "", ""},
	{"as long as allowed", "sixteen bytes ab", "sixteen bytes ab"},
	{"cut", "sixteen bytes abc", "sixteen bytes ab"},
	{"cut before a rune that does not fit", "fifteen bytes a" + "ë", "fifteen bytes a"},
	{"nothing after a cut", "fifteen bytes a" + "ëx", "fifteen bytes a"},
	{"a rune of four bytes", "twelve bytes" + "🗝", "twelve bytes🗝"},
	{"control characters", "a\x00b\nc\x1b[31m\x7fd", "abc[31md"},
	{"not UTF-8", "a\xffb\xc3", "ab"},
	{"half a surrogate", "a\xed\xa0\x80b", "ab"},
	{"the replacement character", "a\ufffdb", "ab"},
	{"spaces", " a  b ", "a  b"},
	{"spaces of other widths", "\u3000a\u00a0b\u2003", "a b"},
	{"a space at the cut", "fifteen letters b", "fifteen letters"},
	{"C1 controls", "a\u0085b\u009bc", "abc"},
	{"direction turned", "a\u202ecba\u2066d", "acbad"},
	{"nothing between", "a\u200bb\u2060c\ufeff", "abc"},
	{"of no width only", "\u200b\u200d\ufeff", ""},
	{"blank", " \u3000 ", ""},
	{"letters without a shape", "\u3164\u115f\uffa0\u2800", ""},
	{"marks only", "\u0301\u034f", ""},
	{"a tag", "a\U000e0041b", "ab"},
	{"private use", "a\ue000b", "ab"},
	{"line separators", "a\u2028b\u2029c", "abc"},
	{"a mark on a letter", "e\u0301", "e\u0301"},
}

func TestName(t *testing.T) {
	for _, c := range names {
		n := NameOf(c.from)
		if n.String() != c.want || !n.Valid() {
			t.Errorf("%s: %q becomes %q (valid: %v), want %q", c.name, c.from, n, n.Valid(), c.want)
		}
	}
	for name, bad := range map[string]Name{
		"hole":            {'a', 0, 'b'},
		"zero first":      {0, 'a'},
		"control":         {'\n'},
		"delete":          {0x7f},
		"C1 control":      {0xc2, 0x85},
		"blank":           {' ', ' '},
		"space at end":    {'a', ' '},
		"not UTF-8":       {0xff},
		"overlong":        {0xc0, 0xaf},
		"rune cut at end": {15: 0xc3},
	} {
		if bad.Valid() {
			t.Errorf("%s: % x is valid", name, bad[:])
		}
	}
}

func TestIndex(t *testing.T) {
	ordered := []Index{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {1, 9}, {1, 10}, {1, 1<<64 - 1}, {2, 0}, {1<<32 - 1, 3}}
	for i, a := range ordered {
		for j, b := range ordered {
			want := min(1, max(-1, i-j))
			if got := a.Compare(b); got != want {
				t.Errorf("%v compared with %v: %d, want %d", a, b, got, want)
			}
		}
	}
	for i, want := range map[Index]string{
		{}:                     "0/0",
		{3, 141}:               "3/141",
		{1<<32 - 1, 1<<64 - 1}: "4294967295/18446744073709551615",
	} {
		if i.String() != want {
			t.Errorf("%s, want %s", i, want)
		}
	}
}

func TestCodesHaveNames(t *testing.T) {
	var seen []string
	for c := range Code(Codes) {
		name := c.String()
		if !c.Valid() || name == "" || strings.Contains(name, "?") || slices.Contains(seen, name) {
			t.Errorf("code %d is called %q, valid: %v", uint8(c), name, c.Valid())
		}
		seen = append(seen, name)
	}
	for _, c := range []Code{codeCount, 255} {
		if c.Valid() || c.String() != "code ?" {
			t.Errorf("code %d is called %q, valid: %v", uint8(c), c, c.Valid())
		}
	}
	if CodeOK != 0 || CodeOK.String() != "ok" {
		t.Error("the zero code is not ok")
	}
}

func TestErrorCodesHaveNames(t *testing.T) {
	var seen []string
	for c := ErrorProtocol; c < errorEnd; c++ {
		if name := c.String(); name == "" || strings.Contains(name, "?") || slices.Contains(seen, name) {
			t.Errorf("error code %d is called %q", uint16(c), name)
		} else {
			seen = append(seen, name)
		}
	}
	for _, c := range []ErrorCode{0, errorEnd, 1<<16 - 1} {
		if c.String() != "error ?" {
			t.Errorf("error code %d is called %q", uint16(c), c)
		}
	}
}
