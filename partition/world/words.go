package world

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// words walks over a text of any length, line by line, and splits the lines.
type words struct {
	file   string
	in     *bufio.Reader
	lineNo int
	line   []byte
	n      int // words in the line; the first few are kept
	start  [6]int
	end    [6]int
}

// all calls take with every line that is neither blank nor a comment.
func (w *words) all(take func() error) error {
	for {
		line, err := w.in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			w.lineNo++
			return w.fail(1, "the line is longer than %d bytes", maxLine)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("reading %s after line %d: %w", w.file, w.lineNo, err)
		}
		if len(line) > 0 {
			w.lineNo++
			if w.split(line); w.n > 0 && w.line[w.start[0]] != 'c' {
				if err := take(); err != nil {
					return err
				}
			}
		}
		if err != nil {
			return nil
		}
	}
}

func (w *words) split(line []byte) {
	w.line, w.n = line, 0
	inside := false
	for i, c := range line {
		space := c == ' ' || c == '\t' || c == '\r' || c == '\n'
		if !space && !inside {
			if w.n++; w.n <= len(w.start) {
				w.start[w.n-1] = i
			}
		}
		if inside = !space; inside && w.n <= len(w.end) {
			w.end[w.n-1] = i + 1
		}
	}
}

// text is the i-th word, if there are so many.
func (w *words) text(i int) string {
	if i >= min(w.n, len(w.start)) {
		return ""
	}
	return string(w.line[w.start[i]:w.end[i]])
}

func (w *words) number(i int, least, most int64) (int64, error) {
	n, err := strconv.ParseInt(w.text(i), 10, 64)
	if err != nil || n < least || n > most {
		return 0, w.fail(w.start[i]+1, "found %.40q, expected a whole number from %d to %d", w.text(i), least, most)
	}
	return n, nil
}

func (w *words) fail(column int, format string, args ...any) error {
	return &ParseError{w.file, max(w.lineNo, 1), column, fmt.Sprintf(format, args...)}
}

// firstOf is the first of some errors, of which the later ones follow from it.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
