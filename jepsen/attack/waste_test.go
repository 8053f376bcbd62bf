package attack

import (
	"bufio"
	"context"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// A player that is in and joins again and again, as fast as it may: the journal
// has no record of that.
func TestRepeatedJoins(t *testing.T) {
	const joins = 60
	h := start(t, "--bots", "0")
	a := from(t, "127.0.0.2")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := a.enter(ctx, h, 1000)
	must(t, err)
	context.AfterFunc(ctx, func() { _ = s.CloseWithError(0, "") })
	in := bufio.NewReaderSize(s.stream, huntpb.MaxServerMessage)
	for answered := 0; answered < joins; {
		must(t, s.say(&huntpb.ClientMessage{Body: &huntpb.ClientMessage_Join{Join: &huntpb.Join{}}}))
		for m := new(huntpb.ServerMessage); m.GetJoined() == nil; {
			must(t, huntpb.ReadDelimited(in, huntpb.MaxServerMessage, m))
			if m.GetJoined().GetCode() == huntpb.Code_CODE_OK && m.GetJoined() != nil {
				answered++
			}
		}
	}
	// The first one, and one in 15 s, which show that the player is there.
	if n := h.metric(t, "hunt_partition_repeated_joins_total"); n < joins-6 {
		t.Errorf("only %v of %d joins were answered without a record", n, joins)
	}
}

// A session that asks for all areas again and again: its answers are many times
// as large as what it sends, so they are few.
func TestSubscriptions(t *testing.T) {
	const length = 5 * time.Second
	h := start(t, "--bots", "100")
	a := from(t, "127.0.0.2")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := a.enter(ctx, h, 1000)
	must(t, err)
	read := make(chan int)
	go func() {
		sum, b := 0, make([]byte, 64<<10)
		for {
			n, err := s.stream.Read(b)
			if sum += n; err != nil {
				read <- sum
				return
			}
		}
	}()
	many := make([]proto.Message, 64)
	for i := range many {
		many[i] = &huntpb.ClientMessage{Body: &huntpb.ClientMessage_Subscribe{Subscribe: &huntpb.Subscribe{All: true}}}
	}
	flood, err := delimited(many...)
	must(t, err)
	began := time.Now()
	context.AfterFunc(ctx, func() { _ = s.CloseWithError(0, "") })
	time.AfterFunc(length, func() { _ = s.CloseWithError(0, "") })
	for err == nil {
		_, err = s.stream.Write(flood)
	}
	n := h.metric(t, "hunt_gateway_messages_total", `direction="in"`, `kind="subscribe"`)
	seconds := time.Since(began).Seconds()
	t.Logf("%v subscriptions to all areas were taken in %.1f s; their answers were %d KiB", n, seconds, <-read>>10)
	// A burst of 5, 2.5 a second, and the one that waits.
	if most := 7 + 2.5*seconds; n > most {
		t.Errorf("%v subscriptions were taken in %.1f s, want at most %.0f", n, seconds, most)
	}
}
