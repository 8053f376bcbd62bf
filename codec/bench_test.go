package codec

import "testing"

var (
	sinkBytes  []byte
	sinkMove   Move
	sinkReply  Reply
	sinkDelta  Delta
	sinkLength int
)

// BenchmarkFrame sets each hot frame beside its floor: a copy of the same bytes.
func BenchmarkFrame(b *testing.B) {
	buf := make([]byte, 0, MaxFrame)
	move := Move{Player: 7, Seq: 1, Edge: 42}
	reply := Reply{Player: 7, Seq: 1, Last: 1, Hint: hint}
	delta := Delta{Seq: 1, Edge: 42, Weight: 408}
	moveBytes, replyBytes, deltaBytes := move.Append(nil), reply.Append(nil), delta.Append(nil)
	for _, c := range []struct {
		name string
		size int
		step func()
	}{
		{"frame=move/op=append", MoveLen, func() { sinkBytes = move.Append(buf) }},
		{"frame=move/op=parse", MoveLen, func() { sinkMove, _ = ParseMove(moveBytes[headerLen:]) }},
		{"frame=move/op=floor", MoveLen, func() { sinkBytes = append(buf, moveBytes...) }},
		{"frame=reply/op=append", ReplyLen, func() { sinkBytes = reply.Append(buf) }},
		{"frame=reply/op=parse", ReplyLen, func() { sinkReply, _ = ParseReply(replyBytes[headerLen:]) }},
		{"frame=reply/op=floor", ReplyLen, func() { sinkBytes = append(buf, replyBytes...) }},
		{"frame=delta/op=append", DeltaLen, func() { sinkBytes = delta.Append(buf) }},
		{"frame=delta/op=parse", DeltaLen, func() { sinkDelta, _ = ParseDelta(deltaBytes[headerLen:]) }},
		{"frame=delta/op=floor", DeltaLen, func() { sinkBytes = append(buf, deltaBytes...) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(c.size))
			for b.Loop() {
				c.step()
			}
		})
	}
}

// BenchmarkStream follows as many moves as one read of a gateway's stream may bring.
func BenchmarkStream(b *testing.B) {
	const moves = 100
	var all []byte
	for i := range moves {
		all = Move{Player: PlayerID(i), Seq: 1, Edge: 42}.Append(all)
	}
	to := make([]byte, len(all))
	for _, c := range []struct {
		name string
		step func()
	}{
		{"op=whole", func() { sinkLength, _ = Whole(all) }},
		{"op=next+parse", func() {
			for rest := all; len(rest) > 0; {
				var payload []byte
				_, payload, rest, _ = Next(rest)
				sinkMove, _ = ParseMove(payload)
			}
		}},
		{"op=floor", func() { sinkLength = copy(to, all) }},
	} {
		b.Run("frames=100/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(all)))
			for b.Loop() {
				c.step()
			}
		})
	}
}
