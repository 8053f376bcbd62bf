// Package codec is the vocabulary that all parts of Huntgraph share: ids, result
// codes, the fixed binary frames of the engine hop, the journal's inputs and
// records, the rules, and the ports in these types. It imports a few packages of the
// standard library and nothing else of the project; everything may import it.
//
// # Frames
//
// A frame is type (u8), payload length (u16), payload; numbers are little endian.
// Each frame has a file with its struct, Len, Append and ParseX. Whoever follows a
// stream runs this loop over the bytes that it has:
//
//	for {
//		t, payload, rest, err := codec.Next(have)
//		if err == codec.ErrTruncated {
//			break // keep have, read more
//		}
//		if err != nil {
//			return err // the stream cannot be followed any further
//		}
//		switch t {
//		case codec.TypeMove:
//			move, err := codec.ParseMove(payload) // ErrTruncated here means a payload that is too short: give up
//		}
//		have = rest
//	}
//
// Both ends open a stream with a Hello, whose version says what may follow. What a
// parser accepts, Append writes again byte for byte, so a frame has one spelling.
// Values that have a range are checked while they are parsed: a code, a flag, a
// kind, a treasure, a name. Whether an id exists is for the partition to say.
//
// # Records
//
// A journal record is a RecordHeader and a body by kind: a Base, nothing, or a range
// of ticks (AppendTicks) and the inputs that made them. The state of a partition is a
// function of these bytes; RecordVersion changes when they do.
//
// # Invariants
//
//   - I1: integers only, no clock, no map, no randomness, no reflection in what is
//     read or written. A test holds the import graph free of time, os, net, fmt and context.
//   - I4, I5: every record carries the epoch, the hash of the record before it and a
//     neighbour's watermark; an Index orders by round, then by sequence.
//   - I6: a move carries its player's sequence, a delta its partition's. A SetWeight needs
//     none: its weight is absolute, and its key only finds the answer.
//   - I8: a hint names the tick that it is exact for.
//   - I9: parse and append allocate nothing, hello and error frames apart. Errors are sentinels.
//
// # What it must never do
//
// Panic on bytes from outside, or read beyond what it was given. Do I/O, log, or start
// a goroutine. Know a rule of the game: Rules only holds their parameters. Change the
// meaning of a byte within a version: testdata holds the format.
package codec
