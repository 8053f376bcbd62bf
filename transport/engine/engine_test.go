package engine

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/identity"
)

// TestOrder: every move comes once and in order, and so does its reply (I6).
func TestOrder(t *testing.T) {
	s := startSystem(t)
	link, replies := s.echo(s.client(), 1)
	const moves = 20_000
	go func() {
		var b []byte
		for seq := codec.MoveSeq(1); seq <= moves; {
			b = b[:0]
			for n := seq%7 + 1; n > 0 && seq <= moves; n-- { // 1 to 7 frames a send
				b = codec.Move{Player: 5, Seq: seq}.Append(b)
				seq++
			}
			if !link.Send(b) {
				t.Errorf("the link takes no more: %v", link.Err())
				return
			}
		}
	}()
	for seq := codec.MoveSeq(1); seq <= moves; seq++ {
		if r := wait(t, replies, "a reply"); r.Seq != seq {
			t.Fatalf("reply to %d where %d was next", r.Seq, seq)
		}
	}
	link.Close()
	wait(t, link.Done(), "the link's end")
	if !errors.Is(link.Err(), ErrClosed) || link.Send(nil) {
		t.Errorf("a closed link ends with %v, and still takes frames or not", link.Err())
	}
	if p := wait(t, s.actors[1].closed, "the closed batch"); p.Send([]byte{1}) {
		t.Error("a peer that is gone takes frames")
	}
	for _, side := range []string{"node", "gateway"} {
		for _, direction := range []string{"in", "out"} {
			frames := s.metric("hunt_engine_frames_total", "side", side, "direction", direction)
			bytes := s.metric("hunt_engine_bytes_total", "side", side, "direction", direction)
			extra := 0.0
			if side == "node" && direction == "out" {
				extra = 1 // the hello's answer
			}
			if frames != moves+extra || bytes < moves*codec.MoveLen {
				t.Errorf("%s %s counted %v frames of %v bytes", side, direction, frames, bytes)
			}
			if b := s.metric("hunt_engine_batches_total", "side", side, "direction", direction); b == 0 || b > frames {
				t.Errorf("%s %s counted %v batches of %v frames", side, direction, b, frames)
			}
		}
	}
}

// TestOneConnection: the partitions of a node share a connection, a second gateway has its own.
func TestOneConnection(t *testing.T) {
	s := startSystem(t)
	c := s.client()
	a, fromA := s.echo(c, 0)
	b, fromB := s.echo(c, 1)
	s.roundTrip(a, fromA, 1)
	s.roundTrip(b, fromB, 1)
	if n := s.metric("hunt_engine_connections", "side", "node"); n != 1 {
		t.Errorf("the node has %v connections", n)
	}
	if n := s.metric("hunt_engine_dials_total", "result", "ok"); n != 1 {
		t.Errorf("the gateway dialled %v times", n)
	}
	if n := s.metric("hunt_engine_peers", "side", "node"); n != 2 {
		t.Errorf("the node has %v peers", n)
	}
	s.raw()
	a.Close()
	wait(t, a.Done(), "the link's end")
	s.roundTrip(b, fromB, 2)
}

// TestParallelOpens share one dial.
func TestParallelOpens(t *testing.T) {
	s := startSystem(t)
	c := s.client()
	opened := make(chan error)
	for i := range 16 {
		go func() {
			_, err := c.Open(within(t), s.to(codec.PartitionID(i%2)), func([]byte) {})
			opened <- err
		}()
	}
	for range 16 {
		if err := wait(t, opened, "an open"); err != nil {
			t.Error(err)
		}
	}
	if n := s.metric("hunt_engine_dials_total", "result", "ok"); n != 1 {
		t.Errorf("the gateway dialled %v times", n)
	}
}

// TestByteByByte: a gateway that writes a byte at a time is understood.
func TestByteByByte(t *testing.T) {
	s := startSystem(t)
	stream := s.rawStream(s.raw())
	b := goodHello().Append(nil)
	for seq := codec.MoveSeq(1); seq <= 20; seq++ {
		b = codec.Move{Player: 1, Seq: seq}.Append(b)
	}
	for i := range b {
		if _, err := stream.Write(b[i : i+1]); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, stream, codec.TypeHello)
	for range 20 {
		expect(t, stream, codec.TypeReply)
	}
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	if types, last := rest(t, stream); len(types) != 0 {
		t.Errorf("then %v, %v, want the end", types, last)
	}
}

// TestRefusals sends what a node must refuse: an error frame with its code and
// a text ends the stream, it is counted, and the connection goes on.
func TestRefusals(t *testing.T) {
	s := startSystem(t)
	with := func(change func(*codec.Hello)) []byte {
		h := goodHello()
		change(&h)
		return h.Append(nil)
	}
	after := func(tail ...byte) []byte { return append(goodHello().Append(nil), tail...) }
	move := codec.Move{Seq: 1}.Append(nil)
	cases := []struct {
		name  string
		bytes []byte
		code  codec.ErrorCode
		text  string
	}{
		{"wrong version", with(func(h *codec.Hello) { h.Version = 2 }), codec.ErrorVersion, "version 2"},
		{"a later version's hello", []byte{byte(codec.TypeHello), 3, 0, 9, 0, 77}, codec.ErrorVersion, "version 9"},
		{"wrong hunt", with(func(h *codec.Hello) { h.Hunt = "other/room" }), codec.ErrorPartition, "read the route"},
		{"wrong partition", with(func(h *codec.Hello) { h.Partition = 99 }), codec.ErrorPartition, "read the route"},
		{"wrong epoch", with(func(h *codec.Hello) { h.Epoch++ }), codec.ErrorEpoch, "the epoch is 7"},
		{"no hello first", move, codec.ErrorProtocol, "begins with a move frame"},
		{"garbage for a hello", []byte("GET / HTTP/1.1\r\n"), codec.ErrorProtocol, "does not begin with a frame"},
		{"a short hello", []byte{byte(codec.TypeHello), 4, 0, 1, 0, 0, 0}, codec.ErrorProtocol, "cannot be read"},
		{"nothing", nil, codec.ErrorProtocol, "before a whole hello"},
		{"half a hello", goodHello().Append(nil)[:20], codec.ErrorProtocol, "before a whole hello"},
		{"garbage", after(0xde, 0xad, 0xbe, 0xef), codec.ErrorProtocol, "unknown frame type"},
		{"oversized length", after(byte(codec.TypeMove), 0xff, 0xff), codec.ErrorProtocol, "longer than"},
		{"a move of another length", after(byte(codec.TypeMove), 2, 0, 1, 1), codec.ErrorProtocol, "a move frame of 5 bytes"},
		{"a node's frame", after(codec.Durable{}.Append(nil)...), codec.ErrorProtocol, "durable frame may not be sent"},
		{"a game server's frame", after(codec.SetWeight{}.Append(nil)...), codec.ErrorIdentity, "weight frame may not be sent by a gateway"},
		{"truncated at the end", after(move[:10]...), codec.ErrorProtocol, "10 bytes into a frame"},
	}
	conn := s.raw() // one for all of them
	want := map[codec.ErrorCode]float64{}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			stream := s.rawStream(conn)
			if _, err := stream.Write(tc.bytes); err != nil {
				t.Fatal(err)
			}
			if err := stream.Close(); err != nil {
				t.Fatal(err)
			}
			_, last := rest(t, stream)
			if last.Code != tc.code || !strings.Contains(last.Text, tc.text) {
				t.Errorf("ends with code %d %q, want %d %q", last.Code, last.Text, tc.code, tc.text)
			}
			want[tc.code]++
		})
	}
	for code, n := range want {
		if got := s.metric("hunt_engine_rejected_total", "side", "node", "reason", reason(code)); got != n {
			t.Errorf("%s was counted %v times, want %v", reason(code), got, n)
		}
	}
	stream := s.rawStream(conn)
	stream.Write(after(move...))
	expect(t, stream, codec.TypeHello)
	expect(t, stream, codec.TypeReply)
}

// TestFramesBeforeGarbage reach the partition; the stream ends while the gateway still holds its half open.
func TestFramesBeforeGarbage(t *testing.T) {
	s := startSystem(t)
	stream := s.rawStream(s.raw())
	b := codec.Move{Seq: 1}.Append(goodHello().Append(nil))
	stream.Write(append(b, 0xff))
	if _, last := rest(t, stream); last.Code != codec.ErrorProtocol {
		t.Errorf("ends with %v", last)
	}
	if n := s.metric("hunt_engine_frames_total", "side", "node", "direction", "in"); n != 1 {
		t.Errorf("%v frames came through, want the move", n)
	}
	stream.Close()
	wait(t, s.actors[0].closed, "the closed batch")
}

// TestGatewayEndsWithError: the node takes an error frame for an end and does not answer it.
func TestGatewayEndsWithError(t *testing.T) {
	s := startSystem(t)
	stream := s.rawStream(s.raw())
	stream.Write(codec.Error{Code: codec.ErrorSlow, Text: "too slow for me"}.Append(goodHello().Append(nil)))
	stream.Close()
	if types, last := rest(t, stream); len(types) != 1 || last.Code != 0 {
		t.Errorf("got %v, %v, want the hello alone", types, last)
	}
	wait(t, s.actors[0].closed, "the closed batch")
}

// TestOpenErrors: what a node refuses is a codec.Error, the rest says what to do.
func TestOpenErrors(t *testing.T) {
	s := startSystem(t)
	dead, err := net.ListenPacket("udp", "127.0.0.1:0") // answers nothing
	if err != nil {
		t.Fatal(err)
	}
	defer dead.Close()
	cases := []struct {
		name   string
		change func(*codec.Route, *ClientConfig)
		code   codec.ErrorCode
		text   string
	}{
		{"another cluster's identity", func(_ *codec.Route, c *ClientConfig) { c.Identity = otherCluster(t) }, 0, "certificate signed by unknown authority"},
		{"wrong hunt", func(_ *codec.Route, c *ClientConfig) { c.Hunt = "other/room" }, codec.ErrorPartition, "read the route"},
		{"wrong partition", func(r *codec.Route, _ *ClientConfig) { r.Partition = 9 }, codec.ErrorPartition, "read the route"},
		{"wrong epoch", func(r *codec.Route, _ *ClientConfig) { r.Epoch = 6 }, codec.ErrorEpoch, "the epoch is 7"},
		{"another process", func(r *codec.Route, _ *ClientConfig) { r.KeyHash[0]++ }, 0, "the route is old; read the route again"},
		{"no port", func(r *codec.Route, _ *ClientConfig) { r.Addr = "127.0.0.1" }, 0, "no host:port"},
		{"port out of range", func(r *codec.Route, _ *ClientConfig) { r.Addr = "127.0.0.1:70000" }, 0, "port of the route"},
		{"nobody there", func(r *codec.Route, _ *ClientConfig) { r.Addr = dead.LocalAddr().String() }, 0, "deadline exceeded"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			route, cfg := s.route, ClientConfig{Identity: testIdentity(t, identity.Gateway, "g1"), Hunt: testHunt, Bind: "127.0.0.1:0"}
			tc.change(&route, &cfg)
			c, err := NewClient(cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			ctx := within(t)
			if tc.text == "deadline exceeded" {
				ctx = brief(t)
			}
			_, err = c.Open(ctx, route, func([]byte) {})
			if err == nil {
				t.Fatal("opened")
			}
			var e codec.Error
			if errors.As(err, &e); e.Code != tc.code || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("error %v, code %d, want %d %q", err, e.Code, tc.code, tc.text)
			}
			if !strings.Contains(err.Error(), fmt.Sprintf("open partition %d", route.Partition)) {
				t.Errorf("error %v does not say what was opened", err)
			}
		})
	}
}

// otherCluster is the identity of a gateway that this node must not know.
func otherCluster(t *testing.T) *identity.Identity {
	t.Helper()
	a, err := identity.Open(nil, func([]byte) error { return nil }, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	i, err := a.Identity(identity.Gateway, "g1")
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestConfigErrors(t *testing.T) {
	s := startSystem(t)
	gateway := testIdentity(t, identity.Gateway, "g1")
	for name, change := range map[string]func(*Config){
		"no identity":      func(c *Config) { c.Identity = nil },
		"address already":  func(*Config) {},
		"one node a regis": func(c *Config) { c.Addr = "127.0.0.1:0" },
	} {
		cfg := s.cfg
		change(&cfg)
		if _, err := Listen(cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("listen: error %v does not say %q", err, name)
		}
	}
	for name, cfg := range map[string]ClientConfig{
		"no identity":  {Hunt: testHunt},
		"want 1 to 64": {Identity: gateway, Hunt: strings.Repeat("x", 65)},
		"has 0 bytes":  {Identity: gateway},
		"bind":         {Identity: gateway, Hunt: testHunt, Bind: "256.0.0.1:0"},
	} {
		if _, err := NewClient(cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("client: error %v does not say %q", err, name)
		}
	}
}

func TestNanotimeGrows(t *testing.T) {
	before := Nanotime()
	for Nanotime() == before {
	}
	if after := Nanotime(); after < before || after > int64(time.Hour) {
		t.Errorf("%d after %d", after, before)
	}
}
