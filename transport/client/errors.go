package client

import (
	"errors"
	"strings"

	"github.com/quic-go/webtransport-go"

	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// ErrClosed is why a session ended that its own client closed.
var ErrClosed = errors.New("client: the session was closed by this client")

// Error is what the gateway said was wrong, and what to do. After a fatal one
// the session is over.
type Error struct {
	Code  huntpb.ErrorCode
	Text  string
	Fatal bool
}

func (e *Error) Error() string {
	name := strings.ToLower(strings.TrimPrefix(e.Code.String(), "ERROR_CODE_"))
	return "gateway: " + strings.ReplaceAll(name, "_", " ") + ": " + e.Text
}

// IsCode reports whether err is a gateway's error with the code.
func IsCode(err error, code huntpb.ErrorCode) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Code == code
}

// closedBy makes the gateway's end of the session its typed error: the last
// message may be lost, the end of the session carries the same code.
func closedBy(err error) error {
	if e, ok := errors.AsType[*webtransport.SessionError](err); ok && e.Remote && (e.ErrorCode != 0 || e.Message != "") {
		return &Error{Code: huntpb.ErrorCode(e.ErrorCode), Text: e.Message, Fatal: true}
	}
	return err
}
