// Package gateway is the WebTransport edge of a hunt: it holds the sessions of
// clients, passes their moves to the partitions, and fans out what the
// partitions release. Nothing in it has to survive.
//
// The caller's loop:
//
//	g, err := gateway.New(gateway.Config{Addr: "127.0.0.1:0", Certificate: certificates.Served, Hunt: "demo/main", …})
//	go func() {
//		for e := range roundEvents {
//			g.Publish(ctx, e)
//		}
//	}()
//	fmt.Println("https://" + g.Addr().String() + gateway.Path)
//	err = g.Run(ctx) // until ctx ends; tells the sessions first
//
// A session is one bidirectional stream that the client opens, with messages of
// codec/huntpb in both directions; positions also come as datagrams. Its first
// message is a hello whose token says who the player is. There is one live
// session a player: a newer one replaces the older. A token is checked at the
// hello, and the session ends when it expires.
//
// One goroutine, the hub, owns routes, links, views and sessions; readers,
// writers and links send it events over one bounded channel, and it waits for
// none of them. A session's writer asks for a batch when it is done with the one
// before, so that all that came meanwhile is one write. What is for many is
// encoded once. Control messages leave at the end of a round of events; deltas,
// positions and treasures ten times a second; round events and states twice.
//
// Invariants:
//   - I3, I4: durable is said of a reply only when the partition's durable tick
//     passed it on the link that brought the reply. When a link ends, what it had
//     not said to be durable is forgotten, and the players are asked for again.
//   - I6: replies leave in the partition's order. A gap in the deltas ends the link;
//     the new one asks for what is missing and is told replay or snapshot. To a
//     session the sequences of an area's deltas are contiguous, or a snapshot says so.
//   - I7: a join never makes a second copy of a player: only its home lets it
//     spawn, and not while it is abroad. A session follows its player over borders.
//   - I10: control messages and grants are never dropped: a session that lets
//     more than a cap of them wait is closed, and told. Positions, deltas and
//     treasures are state: who missed some gets a snapshot, and it is counted.
//   - I13: a session gets a round's seed before the round has ended only if its
//     token is a service's, and then it cannot join.
//
// It must never decide a rule of the game, take a player's id from anywhere but
// the token, let one session wait for another, or say durable by itself.
package gateway
