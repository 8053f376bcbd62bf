package huntpb

import (
	"github.com/huntgraph/huntgraph/codec"
)

// The functions named XOf turn a frame into its message. Those named ParseX turn
// a message back and return codec.ErrValue for what no frame can hold.

// CodeOf is the message's code; the numbers are the same.
func CodeOf(c codec.Code) Code { return Code(c) }

// ParseCode returns codec.ErrValue for a code that this version does not know.
func ParseCode(c Code) (codec.Code, error) {
	if c < 0 || int(c) >= codec.Codes {
		return 0, codec.ErrValue
	}
	return codec.Code(c), nil
}

// HintOf is the hint's message.
func HintOf(h codec.Hint) *Hint {
	return &Hint{
		Edge:     uint32(h.Edge),
		Node:     uint32(h.Node),
		Distance: uint32(h.Distance),
		CutTick:  uint32(h.CutTick),
		Treasure: uint32(h.Treasure),
		Claimed:  h.Claimed,
		Goal:     uint32(h.Goal),
	}
}

// ParseHint takes a missing hint for one that leads nowhere.
func ParseHint(h *Hint) (codec.Hint, error) {
	if h == nil {
		return codec.NoHint(0), nil
	}
	treasure, err := parseTreasure(h.Treasure)
	if h.Goal > codec.MaxGoals {
		err = codec.ErrValue
	}
	return codec.Hint{
		Edge:     codec.EdgeID(h.Edge),
		Node:     codec.NodeID(h.Node),
		Distance: codec.Distance(h.Distance),
		CutTick:  codec.Tick(h.CutTick),
		Treasure: treasure,
		Claimed:  h.Claimed,
		Goal:     codec.GoalID(min(h.Goal, codec.MaxGoals)),
	}, err
}

// ReplyOf leaves the player out: a session has one.
func ReplyOf(r codec.Reply) *Reply {
	return &Reply{
		Seq:     uint32(r.Seq),
		Code:    CodeOf(r.Code),
		LastSeq: uint32(r.Last),
		Round:   uint32(r.Round),
		Tick:    uint32(r.Tick),
		Node:    uint32(r.Node),
		Hint:    HintOf(r.Hint),
	}
}

// ParseReply is the reply to the session's player.
func ParseReply(player codec.PlayerID, r *Reply) (codec.Reply, error) {
	code, err := ParseCode(r.GetCode())
	if err != nil {
		return codec.Reply{}, err
	}
	hint, err := ParseHint(r.GetHint())
	return codec.Reply{
		Player: player,
		Seq:    codec.MoveSeq(r.GetSeq()),
		Code:   code,
		Last:   codec.MoveSeq(r.GetLastSeq()),
		Round:  codec.Round(r.GetRound()),
		Tick:   codec.Tick(r.GetTick()),
		Node:   codec.NodeID(r.GetNode()),
		Hint:   hint,
	}, err
}

// JoinedOf adds the area that the player is in and leaves the player out.
func JoinedOf(j codec.Joined, area codec.AreaID) *Joined {
	return &Joined{
		Code:    CodeOf(j.Code),
		Area:    uint32(area),
		Node:    uint32(j.Node),
		LastSeq: uint32(j.Last),
		Round:   uint32(j.Round),
		Tick:    uint32(j.Tick),
		Hint:    HintOf(j.Hint),
		Left:    j.Left,
	}
}

// ParseJoined is the answer to the session's player and the area that it is in.
func ParseJoined(player codec.PlayerID, j *Joined) (codec.Joined, codec.AreaID, error) {
	code, err := ParseCode(j.GetCode())
	if err != nil {
		return codec.Joined{}, 0, err
	}
	hint, err := ParseHint(j.GetHint())
	return codec.Joined{
		Player: player,
		Code:   code,
		Left:   j.GetLeft(),
		Last:   codec.MoveSeq(j.GetLastSeq()),
		Round:  codec.Round(j.GetRound()),
		Tick:   codec.Tick(j.GetTick()),
		Node:   codec.NodeID(j.GetNode()),
		Hint:   hint,
	}, codec.AreaID(j.GetArea()), err
}

// WayOf is the piece of a way; its area is the partition that it goes on in.
func WayOf(w codec.Way) *Way {
	m := &Way{
		Id:       w.ID,
		Code:     CodeOf(w.Code),
		Round:    uint32(w.Cut.Round),
		CutTick:  uint32(w.Cut.Tick),
		Node:     uint32(w.Node),
		Distance: uint32(w.Distance),
		Next:     uint32(w.Next),
		Area:     uint32(w.Partition),
		More:     w.More,
	}
	for _, e := range w.Edges[:w.Count] {
		m.Edges = append(m.Edges, uint32(e))
	}
	return m
}

// GrantOf leaves the player's name out: the round's events carry it.
func GrantOf(g codec.Grant) *Grant {
	return &Grant{
		Treasure: uint32(g.Treasure),
		Round:    uint32(g.Round),
		Tick:     uint32(g.Tick),
		Node:     uint32(g.Node),
		Player:   uint64(g.Player),
	}
}

// ParseGrant is the grant without the player's name.
func ParseGrant(g *Grant) (codec.Grant, error) {
	treasure, err := parseTreasure(g.GetTreasure())
	if treasure == codec.NoTreasure {
		err = codec.ErrValue
	}
	return codec.Grant{
		Player:   codec.PlayerID(g.GetPlayer()),
		Treasure: treasure,
		Round:    codec.Round(g.GetRound()),
		Tick:     codec.Tick(g.GetTick()),
		Node:     codec.NodeID(g.GetNode()),
	}, err
}

func parseTreasure(t uint32) (codec.TreasureID, error) {
	if t >= codec.MaxTreasures && t != uint32(codec.NoTreasure) {
		return codec.NoTreasure, codec.ErrValue
	}
	return codec.TreasureID(t), nil
}
