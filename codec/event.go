package codec

// EventKind says what happened.
type EventKind uint8

const (
	EventRoundStarted   EventKind = 1 + iota // Round, Seed
	EventTreasureOpened                      // Treasure, Node
	EventPlayerJoined                        // Player, Node, Name
	EventPlayerMoved                         // Player, Node
	EventPlayerLeft                          // Player
	EventRoundEnded                          // Round, Value: the state hash
	EventDeltasFollow                        // Value: the sequence before the first; Resume
	EventDeltasEnd                           // Value: the sequence reached
	EventPlayerDeparted                      // Player, Node: where it goes, in another partition
	EventPlayerArrived                       // Player, Node: it came from another partition
	EventPlayerReturned                      // Player, Node: the other partition had no room for it
	eventEnd
)

// Resume says how a gap in what a subscriber has is closed; it is always explicit.
type Resume uint8

const (
	ResumeNone     Resume = iota // not an answer to a subscription
	ResumeReplay                 // the missing deltas follow
	ResumeSnapshot               // every edge whose weight is not its base follows; forget the rest
	resumeEnd
)

// Event is something that happened in a partition, beside grants and deltas.
// Fields that a kind does not use are zero.
type Event struct {
	Kind     EventKind
	Resume   Resume
	Round    Round
	Tick     Tick
	Player   PlayerID
	Node     NodeID
	Treasure TreasureID
	Value    uint64
	Seed     Seed
	Name     Name
}

const (
	eventFixed = 1 + 4 + 4 // kind, round, tick
	// MaxEventLen bounds an event frame, in bytes.
	MaxEventLen = headerLen + eventFixed + len(Seed{})
)

// payload is the length by kind.
func (k EventKind) payload() int {
	switch k {
	case EventRoundStarted:
		return eventFixed + len(Seed{})
	case EventRoundEnded, EventDeltasEnd:
		return eventFixed + 8
	case EventDeltasFollow:
		return eventFixed + 1 + 8
	case EventTreasureOpened:
		return eventFixed + 2 + 4
	case EventPlayerJoined:
		return eventFixed + 8 + 4 + MaxName
	case EventPlayerMoved, EventPlayerDeparted, EventPlayerArrived, EventPlayerReturned:
		return eventFixed + 8 + 4
	case EventPlayerLeft:
		return eventFixed + 8
	}
	return 0
}

// Len is the frame's length in bytes.
func (e Event) Len() int { return headerLen + e.Kind.payload() }

// Append appends the frame. The kind must be one of the constants.
func (e Event) Append(b []byte) []byte {
	b = appendHeader(b, TypeEvent, e.Kind.payload())
	b = append(b, byte(e.Kind))
	b = put32(b, uint32(e.Round))
	b = put32(b, uint32(e.Tick))
	switch e.Kind {
	case EventRoundStarted:
		b = append(b, e.Seed[:]...)
	case EventRoundEnded, EventDeltasEnd:
		b = put64(b, e.Value)
	case EventDeltasFollow:
		b = append(b, byte(e.Resume))
		b = put64(b, e.Value)
	case EventTreasureOpened:
		b = put16(b, uint16(e.Treasure))
		b = put32(b, uint32(e.Node))
	case EventPlayerJoined:
		b = put64(b, uint64(e.Player))
		b = put32(b, uint32(e.Node))
		b = append(b, e.Name[:]...)
	case EventPlayerMoved, EventPlayerDeparted, EventPlayerArrived, EventPlayerReturned:
		b = put64(b, uint64(e.Player))
		b = put32(b, uint32(e.Node))
	case EventPlayerLeft:
		b = put64(b, uint64(e.Player))
	default:
		panic("codec: event of an unknown kind")
	}
	return b
}

// ParseEvent reads a payload.
func ParseEvent(b []byte) (e Event, err error) {
	if len(b) == 0 {
		return e, ErrTruncated
	}
	e.Kind = EventKind(b[0])
	if e.Kind == 0 || e.Kind >= eventEnd {
		return e, ErrValue
	}
	if err = exact(b, e.Kind.payload()); err != nil {
		return e, err
	}
	r := reader{b[1:]}
	e.Round = Round(r.u32())
	e.Tick = Tick(r.u32())
	switch e.Kind {
	case EventRoundStarted:
		r.take(e.Seed[:])
	case EventRoundEnded, EventDeltasEnd:
		e.Value = r.u64()
	case EventDeltasFollow:
		e.Resume = Resume(r.u8())
		e.Value = r.u64()
		if e.Resume == ResumeNone || e.Resume >= resumeEnd {
			err = ErrValue
		}
	case EventTreasureOpened:
		e.Treasure = TreasureID(r.u16())
		e.Node = NodeID(r.u32())
		if e.Treasure >= MaxTreasures {
			err = ErrValue
		}
	case EventPlayerJoined:
		e.Player = PlayerID(r.u64())
		e.Node = NodeID(r.u32())
		r.take(e.Name[:])
		if !e.Name.Valid() {
			err = ErrValue
		}
	case EventPlayerMoved, EventPlayerDeparted, EventPlayerArrived, EventPlayerReturned:
		e.Player = PlayerID(r.u64())
		e.Node = NodeID(r.u32())
	case EventPlayerLeft:
		e.Player = PlayerID(r.u64())
	}
	return e, err
}
