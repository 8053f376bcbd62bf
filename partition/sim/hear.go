package sim

import "github.com/huntgraph/huntgraph/codec"

// hear steps what frames ask for and answers them.
func (o *owner) hear(frames []byte, answer func(*owner, []byte)) {
	var replies []byte
	o.h.frames(frames, func(typ codec.Type, payload, _ []byte) { replies = o.take(typ, payload, replies) })
	if answer != nil && len(replies) > 0 {
		o.h.send(func() { answer(o, replies) })
	}
}

// take steps one frame and appends its answer. The frames are the simulation's
// own, so they parse.
func (o *owner) take(typ codec.Type, payload, replies []byte) []byte {
	switch typ {
	case codec.TypeMove:
		m, _ := codec.ParseMove(payload)
		code := o.step(&codec.Input{Kind: codec.InputMove, Player: m.Player, Seq: m.Seq, Edge: m.Edge})
		return o.core.Reply(m.Player, m.Seq, code).Append(replies)
	case codec.TypeJoin:
		j, _ := codec.ParseJoin(payload)
		code := o.step(&codec.Input{Kind: codec.InputJoin, Player: j.Player, Name: j.Name, Goal: j.Goal})
		return o.core.Joined(j.Player, code, false).Append(replies)
	case codec.TypeLeave:
		l, _ := codec.ParseLeave(payload)
		code := o.step(&codec.Input{Kind: codec.InputLeave, Player: l.Player})
		return o.core.Joined(l.Player, code, true).Append(replies)
	case codec.TypeWeight:
		w, _ := codec.ParseSetWeight(payload)
		o.step(&codec.Input{Kind: codec.InputWeight, Edge: w.Edge, Weight: w.Weight})
	case codec.TypeBorder:
		f, _ := codec.ParseBorder(payload)
		o.step(&codec.Input{Kind: codec.InputBorder, Cut: f.Cut, Goal: f.Goal, First: f.First, Reaches: f.Reaches})
	case codec.TypePrepare:
		f, _ := codec.ParsePrepare(payload)
		o.step(&codec.Input{Kind: codec.InputPrepared, Cut: f.Cut})
	case codec.TypeSwitch:
		f, _ := codec.ParseSwitch(payload)
		o.step(&codec.Input{Kind: codec.InputSwitched, Cut: f.Cut, Next: f.Next})
	case codec.TypeArrive:
		f, _ := codec.ParseArrive(payload)
		in := f.Input()
		o.step(&in)
	case codec.TypeArrived:
		f, _ := codec.ParseArrived(payload)
		in := f.Input()
		o.step(&in)
	}
	return replies
}
