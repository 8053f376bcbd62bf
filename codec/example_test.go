package codec_test

import (
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
)

// A gateway builds a move in a buffer that it keeps.
func ExampleMove_Append() {
	var buffer [codec.MaxFrame]byte
	frame := codec.Move{Player: 0xada, Seq: 1, Edge: 4711}.Append(buffer[:0])
	fmt.Printf("%d bytes: %x\n", len(frame), frame)
	// Output: 19 bytes: 051000da0a0000000000000100000067120000
}

// A reader follows a stream: it takes whole frames and keeps the start of the
// one that is still on its way.
func ExampleNext() {
	sent := codec.Join{Player: 7, Name: codec.NameOf("Ada")}.Append(nil)
	sent = codec.Move{Player: 7, Seq: 1, Edge: 42}.Append(sent)

	var kept []byte
	for _, read := range [][]byte{sent[:30], sent[30:]} {
		kept = append(kept, read...)
		for {
			t, payload, rest, err := codec.Next(kept)
			if err == codec.ErrTruncated {
				break // more bytes are needed
			}
			if err != nil {
				fmt.Println("cannot follow the stream:", err)
				return
			}
			switch t {
			case codec.TypeJoin:
				join, err := codec.ParseJoin(payload)
				fmt.Println(t, join.Player, join.Name, err)
			case codec.TypeMove:
				move, err := codec.ParseMove(payload)
				fmt.Println(t, move.Player, move.Seq, move.Edge, err)
			}
			kept = rest
		}
		fmt.Println("kept for later:", len(kept))
	}
	// Output:
	// join 7 Ada <nil>
	// kept for later: 2
	// move 7 1 42 <nil>
	// kept for later: 0
}

// A replay reads a tick record back.
func ExampleParseRecord() {
	header := codec.RecordHeader{Kind: codec.RecordTicks, Partition: 3, Round: 1, Epoch: 9}
	record := codec.AppendTicks(header.Append(nil), 120, 120)
	for _, in := range []codec.Input{
		{Kind: codec.InputMove, Player: 7, Seq: 1, Edge: 42},
		{Kind: codec.InputTicks, Count: 1},
	} {
		record = in.Append(record)
	}

	h, body, err := codec.ParseRecord(record)
	if err != nil {
		fmt.Println(err)
		return
	}
	first, last, inputs, err := codec.ParseTicks(body)
	fmt.Println("partition", h.Partition, "ticks", first, "to", last, err)
	for len(inputs) > 0 {
		var in codec.Input
		if inputs, err = codec.ParseInput(inputs, &in); err != nil {
			fmt.Println(err)
			return
		}
		switch in.Kind {
		case codec.InputMove:
			fmt.Println("player", in.Player, "takes edge", in.Edge)
		case codec.InputTicks:
			fmt.Println("boundaries:", in.Count)
		}
	}
	// Output:
	// partition 3 ticks 120 to 120 <nil>
	// player 7 takes edge 42
	// boundaries: 1
}

// A display name fits 16 bytes, cut between runes, without control characters.
func ExampleNameOf() {
	fmt.Printf("%q\n", codec.NameOf("Ada\x1b the treasure hunter").String())
	// Output: "Ada the treasure"
}

func ExampleIndex_Compare() {
	a, b := codec.Index{Round: 1, Seq: 9000}, codec.Index{Round: 2, Seq: 1}
	fmt.Println(a, b, a.Compare(b))
	// Output: 1/9000 2/1 -1
}
