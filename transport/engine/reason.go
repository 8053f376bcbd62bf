package engine

import (
	"errors"
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/quic-go/quic-go"
)

// reasons are the error codes as metrics name them.
var reasons = [...]string{
	codec.ErrorProtocol:  "protocol",
	codec.ErrorVersion:   "version",
	codec.ErrorIdentity:  "identity",
	codec.ErrorPartition: "partition",
	codec.ErrorEpoch:     "epoch",
	codec.ErrorSlow:      "slow",
	codec.ErrorStopping:  "stopping",
}

// closeIdentity ends a connection whose far end may not be here.
const closeIdentity = quic.ApplicationErrorCode(codec.ErrorIdentity)

// reason is a code's name, empty for a code that this version does not know.
func reason(code codec.ErrorCode) string {
	if int(code) < len(reasons) {
		return reasons[code]
	}
	return ""
}

// refusal makes an error frame. The text says what was wrong and what to do.
func refusal(code codec.ErrorCode, format string, args ...any) codec.Error {
	return codec.Error{Code: code, Text: fmt.Sprintf(format, args...)}
}

// refused is the error frame for err: its own code if it carries one, else the given one.
func refused(err error, code codec.ErrorCode) codec.Error {
	var e codec.Error
	if errors.As(err, &e) {
		return e
	}
	return codec.Error{Code: code, Text: err.Error()}
}

// told is an error frame of the far end, which wants no error frame in answer.
type told struct{ frame codec.Error }

func (t told) Error() string { return t.frame.Error() }
func (t told) Unwrap() error { return t.frame }

// ended makes the error of a stream or a connection that the far end ended
// with one of our codes a codec.Error, and leaves any other as it is.
func ended(err error) error {
	var stream *quic.StreamError
	if errors.As(err, &stream) && stream.Remote {
		code := codec.ErrorCode(stream.ErrorCode)
		if name := reason(code); name != "" {
			return refusal(code, "the far end gave the stream up (%s) and could not send the whole reason; open it again", name)
		}
	}
	var transport *quic.TransportError
	if errors.As(err, &transport) && transport.Remote && transport.ErrorCode.IsCryptoError() {
		return refusal(codec.ErrorIdentity, "the node does not take this certificate (%v); get one from the authority of its cluster", transport)
	}
	var app *quic.ApplicationError
	if errors.As(err, &app) && app.Remote && app.ErrorCode != 0 {
		return codec.Error{Code: codec.ErrorCode(app.ErrorCode), Text: app.ErrorMessage}
	}
	return err
}
