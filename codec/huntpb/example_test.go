package huntpb_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// A client writes its messages one after the other; the gateway reads them until the stream ends.
func ExampleReadDelimited() {
	var stream []byte
	for _, m := range []*huntpb.ClientMessage{
		{Body: &huntpb.ClientMessage_Join{Join: &huntpb.Join{Name: "Ada"}}},
		{Body: &huntpb.ClientMessage_Move{Move: &huntpb.Move{Seq: 1, Edge: 42}}},
	} {
		var err error
		if stream, err = huntpb.AppendDelimited(stream, m); err != nil {
			fmt.Println(err)
			return
		}
	}

	in := bufio.NewReaderSize(bytes.NewReader(stream), huntpb.MaxClientMessage)
	var m huntpb.ClientMessage
	for {
		err := huntpb.ReadDelimited(in, huntpb.MaxClientMessage, &m)
		if err == io.EOF {
			fmt.Println("a clean end")
			return
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		switch body := m.Body.(type) {
		case *huntpb.ClientMessage_Join:
			fmt.Println("join as", body.Join.Name)
		case *huntpb.ClientMessage_Move:
			fmt.Println("move", body.Move.Seq, "along edge", body.Move.Edge)
		}
	}
	// Output:
	// join as Ada
	// move 1 along edge 42
	// a clean end
}
