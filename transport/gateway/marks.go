package gateway

import "github.com/huntgraph/huntgraph/codec"

// mark is a tick that holds replies of a session, and the last sequence among them.
type mark struct {
	round codec.Round
	tick  codec.Tick
	seq   codec.MoveSeq
}

// marks are the replies that are not durable yet, oldest first. They are
// forgotten when the link to the partition ends: what it had not said to be
// durable may be undone (I3, I4).
type marks struct{ list []mark }

// add takes replies in the order in which they came. At the cap a reply shares
// the last mark, under its own, later tick: durability is told late, never early.
func (m *marks) add(round codec.Round, tick codec.Tick, seq codec.MoveSeq) {
	n := len(m.list)
	if n > 0 && (n == maxMarks || m.list[n-1].round == round && m.list[n-1].tick == tick) {
		m.list[n-1] = mark{round, tick, seq}
		return
	}
	m.list = append(m.list, mark{round, tick, seq})
}

// reach takes the marks up to the tick away and returns the last sequence among
// them; false if there was none.
func (m *marks) reach(round codec.Round, tick codec.Tick) (codec.MoveSeq, bool) {
	n := 0
	for n < len(m.list) && (m.list[n].round < round || m.list[n].round == round && m.list[n].tick <= tick) {
		n++
	}
	if n == 0 {
		return 0, false
	}
	seq := m.list[n-1].seq
	m.list = m.list[:copy(m.list, m.list[n:])]
	return seq, true
}

func (m *marks) clear()      { m.list = m.list[:0] }
func (m *marks) empty() bool { return len(m.list) == 0 }
