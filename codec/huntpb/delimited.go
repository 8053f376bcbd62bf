package huntpb

import (
	"bufio"
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

var (
	// ErrOversized: a message announces more bytes than its reader takes. What
	// follows on the stream cannot be read any more.
	ErrOversized = errors.New("huntpb: message is too long")
	// ErrMessage: the bytes are no message of this protocol.
	ErrMessage = errors.New("huntpb: not a message of this protocol")
)

// AppendDelimited appends m, preceded by its length as an unsigned varint. It
// fails, and returns dst as it was, only if a string of m is not UTF-8.
func AppendDelimited(dst []byte, m proto.Message) ([]byte, error) {
	whole := protowire.AppendVarint(dst, uint64(proto.Size(m)))
	whole, err := proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(whole, m)
	if err != nil {
		return dst, fmt.Errorf("huntpb: encode %s: %w", m.ProtoReflect().Descriptor().Name(), err)
	}
	return whole, nil
}

// ReadDelimited reads one message of at most max bytes (above 0) into m, which
// it resets. A reader whose buffer holds max bytes is read in place.
//
// The error is io.EOF only at a clean end, between messages; io.ErrUnexpectedEOF
// if the stream ends within one; one that wraps ErrOversized or ErrMessage if the
// peer is wrong; else what r returned. After ErrMessage the next message may
// still be read if the length was well-formed, but the peer is not to be trusted.
func ReadDelimited(r *bufio.Reader, max int, m proto.Message) error {
	if max < 1 {
		panic("huntpb: ReadDelimited needs a bound")
	}
	err := protodelim.UnmarshalOptions{MaxSize: int64(max)}.UnmarshalFrom(r, m)
	var long *protodelim.SizeTooLargeError
	switch {
	case errors.As(err, &long):
		return fmt.Errorf("%w: %d bytes announced, at most %d are taken", ErrOversized, long.Size, long.MaxSize)
	case errors.Is(err, proto.Error):
		return fmt.Errorf("%w: %w", ErrMessage, err)
	}
	return err
}
