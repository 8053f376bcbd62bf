// Package rig is a hunt for tests of the client hop: a real gateway and a real
// engine hop on loopback, and behind them small partitions whose journal is the
// test's word. The real partitions are tested with the gateway where everything
// is wired.
//
//	r := rig.Start(t, rig.Options{Partitions: 2})
//	session, err := client.Dial(ctx, client.Options{URL: r.URL, CertHashes: r.Hashes(), Token: r.Token(7)})
//
// A partition commits after every batch unless it is held; Commit then says when.
// It must never be imported by anything but tests.
package rig
