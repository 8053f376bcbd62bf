// Package huntpb is the protobuf of the client hop and of a round's events: the
// messages of hunt.proto, how they follow one another on a stream, and their
// conversion from and to the engine hop's frames of package codec.
//
// A caller on either side of the client hop runs this loop:
//
//	in := bufio.NewReaderSize(stream, huntpb.MaxClientMessage)
//	var m huntpb.ClientMessage
//	for {
//		err := huntpb.ReadDelimited(in, huntpb.MaxClientMessage, &m)
//		if err == io.EOF {
//			return nil // a clean end
//		}
//		if err != nil {
//			return err // ErrOversized, ErrMessage, or the stream's own
//		}
//		// answer: buffer, err = huntpb.AppendDelimited(buffer[:0], reply)
//	}
//
// Invariants. A conversion keeps what the frame says, the sequence and the tick
// among it: I3 and I6 rest on these. A hint keeps the tick of its cut (I8). What a
// reader takes up is bounded by what it allows, whatever a length announces (I10).
//
// It must never decide anything: no rule of the game, no authentication, no
// retry. It must never turn a value outside its range into one that looks lawful.
// The fields of hunt.proto keep their numbers and meanings for good; hunt.pb.go is
// generated and not edited.
package huntpb
