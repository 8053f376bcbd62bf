// Package system wires Huntgraph's parts into a running whole: it is the only
// place, with the verbs in cmd/hunt, that knows them all.
//
//	folder, err := system.OpenFolder(ctx, dir, plan)  // the world, held by a lock
//	store, err := system.OpenStore(ctx, folder)       // embedded etcd and JetStream
//	s, err := system.Start(ctx, config)               // all of `hunt dev`
//	...
//	summary, err := s.Stop()                          // everything applied is durable
//
// What it wires is declared by those who need it: the actor's journal, outlet
// and delta log, the gateway's hop and routes, the keeper's stream. Here they
// are given JetStream, etcd and QUIC.
//
// Branches does with all partitions of a running hunt what an operator orders over
// the socket in its data folder (Admin, Operator): forks, differences, rollbacks.
//
// It decides nothing about the game and holds no state of a hunt; it never
// listens on an address other than loopback.
package system
