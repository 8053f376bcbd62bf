package engine

import "github.com/huntgraph/huntgraph/codec"

// parseHello reads the payload of a stream's first frame. The version is
// looked at first: another version's hello may not be readable.
func parseHello(t codec.Type, payload []byte) (codec.Hello, error) {
	if t != codec.TypeHello {
		return codec.Hello{}, refusal(codec.ErrorProtocol, "the stream begins with a %v frame; send a hello first", t)
	}
	h, err := codec.ParseHello(payload)
	if h.Version != codec.Version && len(payload) >= 2 {
		return h, refusal(codec.ErrorVersion,
			"the gateway speaks version %d of the engine hop, this node version %d; run the same release on both", h.Version, codec.Version)
	}
	if err != nil {
		return h, refusal(codec.ErrorProtocol, "the hello cannot be read: %v", err)
	}
	return h, nil
}

// answer is the node's hello: what it has.
func answer(h codec.Hello) codec.Hello {
	h.Version = codec.Version
	return h
}

// checkAnswer holds the node's first frame against the hello that it answers.
func checkAnswer(asked codec.Hello, t codec.Type, payload []byte) error {
	if t == codec.TypeError {
		e, err := codec.ParseError(payload)
		if err != nil {
			return refusal(codec.ErrorProtocol, "the node's error frame cannot be read: %v", err)
		}
		return e
	}
	if t != codec.TypeHello {
		return refusal(codec.ErrorProtocol, "the node answers the hello with a %v frame", t)
	}
	got, err := codec.ParseHello(payload)
	if err != nil {
		return refusal(codec.ErrorProtocol, "the node's hello cannot be read: %v", err)
	}
	if want := answer(asked); got != want {
		return refusal(codec.ErrorProtocol, "the node answers for version %d, hunt %q, partition %d, epoch %d; asked was version %d, hunt %q, partition %d, epoch %d",
			got.Version, got.Hunt, got.Partition, got.Epoch, want.Version, want.Hunt, want.Partition, want.Epoch)
	}
	return nil
}
