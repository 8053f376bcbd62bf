package codec

import (
	"testing"
)

// TestNoAllocation holds I9 for what the actor's path reads and writes: every
// frame but hello and error, whose texts are allocated once a stream.
func TestNoAllocation(t *testing.T) {
	buf := make([]byte, 0, MaxRecord)
	all, _ := stream()
	event := Event{Kind: EventPlayerJoined, Name: NameOf("Ada")}
	for name, step := range map[string]func() error{
		"join":      func() error { _, err := ParseJoin(Join{Name: NameOf("Zoë")}.Append(buf)[headerLen:]); return err },
		"joined":    func() error { _, err := ParseJoined(Joined{Hint: hint}.Append(buf)[headerLen:]); return err },
		"leave":     func() error { _, err := ParseLeave(Leave{}.Append(buf)[headerLen:]); return err },
		"present":   func() error { _, err := ParsePresent(Present{}.Append(buf)[headerLen:]); return err },
		"move":      func() error { _, err := ParseMove(Move{}.Append(buf)[headerLen:]); return err },
		"reply":     func() error { _, err := ParseReply(Reply{Hint: hint}.Append(buf)[headerLen:]); return err },
		"subscribe": func() error { _, err := ParseSubscribe(Subscribe{}.Append(buf)[headerLen:]); return err },
		"durable":   func() error { _, err := ParseDurable(Durable{}.Append(buf)[headerLen:]); return err },
		"grant":     func() error { _, err := ParseGrant(Grant{}.Append(buf)[headerLen:]); return err },
		"delta":     func() error { _, err := ParseDelta(Delta{}.Append(buf)[headerLen:]); return err },
		"event":     func() error { _, err := ParseEvent(event.Append(buf)[headerLen:]); return err },
		"weight":    func() error { _, err := ParseSetWeight(SetWeight{}.Append(buf)[headerLen:]); return err },
		"weighed":   func() error { _, err := ParseWeighed(Weighed{}.Append(buf)[headerLen:]); return err },
		"arrive":    func() error { _, err := ParseArrive(Arrive{Handoff: handoff}.Append(buf)[headerLen:]); return err },
		"arrived":   func() error { _, err := ParseArrived(Arrived{}.Append(buf)[headerLen:]); return err },
		"stream":    func() error { _, err := Whole(all); return err },
		"refusal":   func() error { Next(all[:1]); ParseMove(all); ParseReply(all[:replyPayload]); return nil },
		"input": func() error {
			var in Input
			for i := range inputs {
				if _, err := ParseInput(inputs[i].in.Append(buf), &in); err != nil {
					return err
				}
			}
			return nil
		},
		"record": func() error {
			h := header
			h.Kind = RecordTicks
			_, body, err := ParseRecord(AppendTicks(h.Append(buf), 1, 2))
			if err == nil {
				_, _, _, err = ParseTicks(body)
			}
			return err
		},
		"base":  func() error { _, err := ParseBase(base.Append(buf)); return err },
		"index": func() error { header.Neighbour.Index.Compare(Index{1, 2}); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			if err := step(); err != nil {
				t.Fatal(err)
			}
			if n := testing.AllocsPerRun(100, func() { step() }); n != 0 {
				t.Fatalf("%v allocations, want 0", n)
			}
		})
	}
}
