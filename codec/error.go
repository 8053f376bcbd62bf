package codec

import "unicode/utf8"

// MaxErrorText bounds the text of an error frame, in bytes.
const MaxErrorText = 200

// ErrorCode says why a stream of the engine hop ends.
type ErrorCode uint16

const (
	ErrorProtocol  ErrorCode = 1 + iota // a frame could not be parsed, or came in the wrong place
	ErrorVersion                        // the versions do not match
	ErrorIdentity                       // the certificate is of another role, or has ended
	ErrorPartition                      // the node does not own the partition
	ErrorEpoch                          // the node owns the partition in another epoch
	ErrorSlow                           // more was queued for the gateway than the cap allows
	ErrorStopping                       // the node gives the partition up
	errorEnd
)

var errorNames = [errorEnd]string{
	"error ?", "protocol", "version", "identity", "not the owner", "other epoch", "too slow", "stopping",
}

// String is the code's name, or "error ?" for one that this version does not
// know: a stream that ends may say so in words that come later.
func (c ErrorCode) String() string {
	if c >= errorEnd {
		return errorNames[0]
	}
	return errorNames[c]
}

// Error is the last frame of a stream: what was wrong and what to do.
type Error struct {
	Code ErrorCode
	Text string
}

const errorFixed = 2

// Len is the frame's length in bytes.
func (e Error) Len() int { return headerLen + errorFixed + len(e.cut()) }

// Append appends the frame; a text above MaxErrorText is cut on a rune's border.
func (e Error) Append(b []byte) []byte {
	text := e.cut()
	b = appendHeader(b, TypeError, errorFixed+len(text))
	b = put16(b, uint16(e.Code))
	return append(b, text...)
}

func (e Error) cut() string {
	if len(e.Text) <= MaxErrorText {
		return e.Text
	}
	end := MaxErrorText
	for end > MaxErrorText-utf8.UTFMax && !utf8.RuneStart(e.Text[end]) {
		end--
	}
	return e.Text[:end]
}

// Error makes a received error frame an error.
func (e Error) Error() string { return "engine hop: " + e.Code.String() + ": " + e.Text }

// ParseError reads a payload. It allocates the text: once a stream.
func ParseError(b []byte) (e Error, err error) {
	if len(b) < errorFixed {
		return e, ErrTruncated
	}
	if len(b) > errorFixed+MaxErrorText {
		return e, ErrOversized
	}
	r := reader{b}
	e.Code = ErrorCode(r.u16())
	e.Text = string(r.b)
	return e, nil
}
