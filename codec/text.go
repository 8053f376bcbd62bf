package codec

import (
	"unicode"
	"unicode/utf8"
)

// AppendText appends what may be shown of s to b, at most most bytes, cut on a
// rune's border. It is the one rule for the names of players, goals, maps and
// worlds, and for whatever else comes from outside and is shown. Kept are letters,
// marks, numbers, punctuation and symbols, and blanks between them as plain spaces.
// Left out are control characters (C0 and C1), characters that show nothing or turn
// the direction of the text around them, and what is no UTF-8. A text of which
// nothing could be seen is none. What it returns stays as it is when it is put
// through it again.
func AppendText(b []byte, s string, most int) []byte {
	start, end := len(b), len(b) // up to end it is shown: blanks come after it
	seen := false
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Zs, r):
			if r = ' '; end == start {
				continue
			}
		case !Shown(r):
			continue
		}
		if len(b)-start+utf8.RuneLen(r) > most {
			break
		}
		b = utf8.AppendRune(b, r)
		if r != ' ' {
			end = len(b)
			seen = seen || !unicode.In(r, unicode.Mn, unicode.Me)
		}
	}
	if !seen {
		return b[:start]
	}
	return b[:end]
}

// Shown reports whether a rune has a shape of its own, or marks one, or is a space.
func Shown(r rune) bool {
	return r != utf8.RuneError && r != brailleBlank && unicode.IsGraphic(r) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// brailleBlank is a symbol that is drawn as nothing.
const brailleBlank = '\u2800'
