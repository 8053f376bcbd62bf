package engine

import (
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/identity"
)

// audit logs what a game server asks for, by the name that its certificate has
// and the key that the answer repeats. It runs in the stream's own goroutine, so
// that a slow log holds up nobody but the sender.
func (p *peer) audit(frames []byte) {
	if p.who.Role != identity.GameServer {
		return
	}
	for len(frames) > 0 {
		kind, payload, rest, err := codec.Next(frames)
		if err != nil {
			return // the cutter let whole frames through alone
		}
		if s, err := codec.ParseSetWeight(payload); kind == codec.TypeWeight && err == nil {
			p.server.log.Info("audit", "action", "set weight", "by", p.who.String(), "from", p.from,
				"hunt", p.hello.Hunt, "partition", p.hello.Partition, "edge", s.Edge, "weight", s.Weight, "key", s.Key)
		}
		frames = rest
	}
}
