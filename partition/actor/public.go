package actor

import "github.com/huntgraph/huntgraph/codec"

// public takes out of what a record releases what only the hunt's own parts
// hear of, in place. Replay does the same, so ordinals stay.
func public(frames []byte) []byte {
	kept := frames[:0]
	for len(frames) > 0 {
		typ, payload, rest, err := codec.Next(frames)
		if err != nil {
			return append(kept, frames...) // whoever reads them says what is wrong
		}
		if _, private := address(typ, payload); !private && typ != codec.TypePrepared {
			kept = append(kept, frames[:len(frames)-len(rest)]...)
		}
		frames = rest
	}
	return kept
}
