package codec

// Grant gives a treasure to a player: at most once per treasure and round (I2),
// and only after the claim is durable.
type Grant struct {
	Player   PlayerID
	Treasure TreasureID
	Round    Round
	Tick     Tick
	Node     NodeID
	Name     Name
}

const grantPayload = 8 + 2 + 4 + 4 + 4 + MaxName

// GrantLen is the frame's length in bytes.
const GrantLen = headerLen + grantPayload

// Len is the frame's length in bytes.
func (Grant) Len() int { return GrantLen }

// Append appends the frame.
func (g Grant) Append(b []byte) []byte {
	b = appendHeader(b, TypeGrant, grantPayload)
	b = put64(b, uint64(g.Player))
	b = put16(b, uint16(g.Treasure))
	b = put32(b, uint32(g.Round))
	b = put32(b, uint32(g.Tick))
	b = put32(b, uint32(g.Node))
	return append(b, g.Name[:]...)
}

// ParseGrant reads a payload.
func ParseGrant(b []byte) (g Grant, err error) {
	if err = exact(b, grantPayload); err != nil {
		return g, err
	}
	r := reader{b}
	g.Player = PlayerID(r.u64())
	g.Treasure = TreasureID(r.u16())
	g.Round = Round(r.u32())
	g.Tick = Tick(r.u32())
	g.Node = NodeID(r.u32())
	r.take(g.Name[:])
	if g.Treasure >= MaxTreasures || !g.Name.Valid() {
		err = ErrValue
	}
	return g, err
}
