package partition

import "github.com/huntgraph/huntgraph/codec"

// AppendView appends what a new subscriber has to know beside the weights, as
// the frames that would have told it: the round, the open treasures, the players.
func (c *Core) AppendView(b []byte) []byte {
	b = codec.Event{Kind: codec.EventRoundStarted, Round: c.round, Tick: c.tick, Seed: c.seed}.Append(b)
	for i := range c.treasures[:c.opened] {
		if t := &c.treasures[i]; t.claimed == 0 {
			b = codec.Event{
				Kind: codec.EventTreasureOpened, Round: c.round, Tick: c.tick,
				Treasure: c.treasureID(i), Node: c.nodeID(t.node),
			}.Append(b)
		}
	}
	for i := range c.players {
		p := &c.players[i]
		b = codec.Event{
			Kind: codec.EventPlayerJoined, Round: c.round, Tick: c.tick,
			Player: p.id, Node: c.nodeID(p.node), Name: p.name,
		}.Append(b)
	}
	return b
}
