// Package client plays a hunt from Go: a session with a gateway over
// WebTransport, and a bot that follows its hints.
//
// The caller's loop:
//
//	s, err := client.Dial(ctx, client.Options{URL: url, CertHashes: hashes, Token: token})
//	at, err := s.Join(ctx, "ann")
//	for hint := at.Hint; hint.Edge != uint32(codec.NoEdge); {
//		r, err := s.Move(ctx, codec.EdgeID(hint.Edge))
//		hint = r.Hint // r.Code says whether the player moved
//	}
//	<-s.Done() // over: s.Err() says why; dial again with hashes and a token that are good now, and Join
//
// Sequences are the session's: a retry moves nobody twice, and after a failover
// or in a new session it goes on from what the partition says is the last.
//
// Invariants: replies come in order (I6). What Receipts holds was said to be
// durable (I2, I3): a reply alone is speculative and may be undone.
//
// It must never guess an answer: without one a call waits, and ends with its
// context or the session.
package client
