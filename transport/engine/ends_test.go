package engine

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/identity"
	"github.com/quic-go/quic-go"
)

// brief is a context for what is expected not to come.
func brief(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func wantCode(t *testing.T, l *Link, code codec.ErrorCode) {
	t.Helper()
	wait(t, l.Done(), "the link's end")
	var e codec.Error
	if !errors.As(l.Err(), &e) || e.Code != code {
		t.Errorf("the link ended with %v, want code %d", l.Err(), code)
	}
	if l.Send(codec.Move{}.Append(nil)) {
		t.Error("an ended link takes frames")
	}
}

// TestSlowPeer: a gateway that stops reading costs its cap, loses its stream, is counted, and nobody else notices (I10).
func TestSlowPeer(t *testing.T) {
	s := startSystem(t)
	stream := s.rawStream(s.raw())
	other, replies := s.echo(s.client(), 1)
	if _, err := stream.Write(codec.Subscribe{}.Append(goodHello().Append(nil))); err != nil {
		t.Fatal(err)
	}
	taken := wait(t, s.actors[0].flood, "the peer to be full")
	// Beyond the cap: what the gateway's window took, and one packet in the making.
	if most := queueCap + linkStreamWindow + 4096; taken > most || taken < queueCap-(64<<10) {
		t.Errorf("the peer took %d bytes, the cap is %d", taken, queueCap)
	}
	if n := s.metric("hunt_engine_rejected_total", "side", "node", "reason", "slow"); n != 1 {
		t.Errorf("slow was counted %v times", n)
	}
	if p := wait(t, s.actors[0].closed, "the closed batch"); p.Send(nil) {
		t.Error("a slow peer takes frames again")
	}
	s.roundTrip(other, replies, 1)
	_, err := io.Copy(io.Discard, stream)
	var reset *quic.StreamError
	if !errors.As(err, &reset) || reset.ErrorCode != quic.StreamErrorCode(codec.ErrorSlow) {
		t.Errorf("the slow gateway reads %v, want a reset with the code of slow", err)
	}
	var e codec.Error
	if !errors.As(ended(err), &e) || e.Code != codec.ErrorSlow {
		t.Errorf("a link would end with %v", ended(err))
	}
}

// TestSlowPartition: a partition that takes nothing costs its gateway a cap, and no other partition anything.
func TestSlowPartition(t *testing.T) {
	s := startSystem(t)
	taken := make(chan struct{})
	c := s.client()
	stuck, err := c.Open(within(t), s.to(stuckPartition), func([]byte) { close(taken) })
	if err != nil {
		t.Fatal(err)
	}
	fine, replies := s.echo(c, 1)
	var burst []byte
	for range 1000 {
		burst = codec.Move{Seq: 1}.Append(burst)
	}
	sent, seq := 0, codec.MoveSeq(0)
	for stuck.Send(burst) {
		if sent += len(burst); sent%(32*len(burst)) == 0 {
			seq++
			s.roundTrip(fine, replies, seq)
		}
	}
	if most := queueCap + nodeStreamWindow + (readBuffers+1)*readBuffer; sent > most || sent < queueCap-len(burst) {
		t.Errorf("the link took %d bytes, want the cap of %d and little more", sent, queueCap)
	}
	wantCode(t, stuck, codec.ErrorSlow)
	s.roundTrip(fine, replies, seq+1)
	if n := s.metric("hunt_engine_rejected_total", "side", "gateway", "reason", "slow"); n != 1 {
		t.Errorf("slow was counted %v times", n)
	}
	select {
	case <-taken:
		t.Error("a partition that takes nothing answered")
	default:
	}
}

// TestDrop ends the streams of one partition.
func TestDrop(t *testing.T) {
	s := startSystem(t)
	c := s.client()
	gone, fromGone := s.echo(c, 0)
	stays, fromStays := s.echo(c, 1)
	s.roundTrip(gone, fromGone, 1)
	s.server.Drop("other/room", 0, codec.ErrorStopping, "not this one")
	s.roundTrip(gone, fromGone, 2)
	s.server.Drop(testHunt, 0, codec.ErrorStopping, "moved; read the route again")
	wantCode(t, gone, codec.ErrorStopping)
	wait(t, s.actors[0].closed, "the closed batch")
	s.roundTrip(stays, fromStays, 1)
	again, replies := s.echo(c, 0)
	s.roundTrip(again, replies, 3)
}

// TestStopMidStream: a node that stops tells every gateway why, moves or no moves.
func TestStopMidStream(t *testing.T) {
	s := startSystem(t)
	c := s.client()
	quiet, _ := s.echo(c, 1)
	busy, replies := s.echo(c, 0)
	sending := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for n := 0; busy.Send(codec.Move{Seq: 1}.Append(nil)); n++ {
			if n == 100 {
				close(sending)
			}
			select {
			case <-replies:
			case <-busy.Done():
			}
		}
	}()
	wait(t, sending, "moves")
	begin := time.Now()
	s.stop()
	if took := time.Since(begin); took > 4*grace {
		t.Errorf("the node took %v to stop", took)
	}
	wantCode(t, busy, codec.ErrorStopping)
	wantCode(t, quiet, codec.ErrorStopping)
	wait(t, stopped, "the sender")
	wait(t, s.actors[0].closed, "the closed batch")
	wait(t, s.actors[1].closed, "the closed batch")
}

// TestStopWithDeafGateways: who neither reads nor ends its side is not waited for.
func TestStopWithDeafGateways(t *testing.T) {
	s := startSystem(t)
	conn := s.raw()
	mute := s.rawStream(conn) // no hello
	mute.Write([]byte{byte(codec.TypeHello)})
	deaf := s.rawStream(conn)
	deaf.Write(codec.Move{Seq: 1}.Append(goodHello().Append(nil)))
	if _, _, err := readFrame(deaf, make([]byte, codec.MaxFrame)); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	s.stop()
	if took := time.Since(begin); took > 4*grace {
		t.Errorf("the node took %v to stop", took)
	}
	wait(t, s.actors[0].closed, "the closed batch")
}

// TestRestart: after a node's restart the same client opens again, with the same key or, as a new process, another one.
func TestRestart(t *testing.T) {
	for _, name := range []string{"same key", "new key"} {
		t.Run(name, func(t *testing.T) {
			s := startSystem(t)
			c := s.client()
			link, replies := s.echo(c, 0)
			s.roundTrip(link, replies, 1)
			s.stop()
			wantCode(t, link, codec.ErrorStopping)
			if name == "new key" {
				s.cfg.Identity = testIdentity(t, identity.Node, "node")
				s.route.KeyHash = s.cfg.Identity.KeyHash()
			}
			s.serve() // at the same address
			link, replies = s.echo(c, 0)
			s.roundTrip(link, replies, 2)
		})
	}
}

// TestLostConnection: a link whose connection breaks ends with an error, and the peer with a closed batch.
func TestLostConnection(t *testing.T) {
	s := startSystem(t)
	c := s.client()
	link, replies := s.echo(c, 0)
	s.roundTrip(link, replies, 1)
	_, conns := c.holds()
	if err := conns[0].CloseWithError(99, "broken by the test"); err != nil {
		t.Fatal(err)
	}
	wait(t, link.Done(), "the link's end")
	if err := link.Err(); err == nil || errors.Is(err, ErrClosed) {
		t.Errorf("the link ended with %v", err)
	}
	wait(t, s.actors[0].closed, "the closed batch")
	again, replies := s.echo(c, 0)
	s.roundTrip(again, replies, 2)
}

// TestClientClose ends the links, and what comes after is refused.
func TestClientClose(t *testing.T) {
	s := startSystem(t)
	c := s.client()
	link, replies := s.echo(c, 0)
	s.roundTrip(link, replies, 1)
	if !link.Send(codec.Move{Player: 9, Seq: 2}.Append(nil)) {
		t.Fatal("not taken")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(link.Err(), ErrClosed) {
		t.Errorf("the link ended with %v", link.Err())
	}
	wait(t, s.actors[0].closed, "the closed batch, after the last move")
	if n := s.metric("hunt_engine_frames_total", "side", "node", "direction", "in"); n != 2 {
		t.Errorf("the node read %v moves, want both that were sent before the close", n)
	}
	if _, err := c.Open(within(t), s.route, func([]byte) {}); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed client opens with %v", err)
	}
}
