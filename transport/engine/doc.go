// Package engine is the QUIC hop between gateways and nodes: it moves whole
// codec frames and knows nothing of what they mean.
//
// There is one connection per gateway and node, and on it one long-lived
// bidirectional stream per partition, so that a partition that is slow to take
// its moves holds up no other one. A stream starts with a hello each way; what
// follows are frames, until one side ends it with an error frame that says why
// and what to do.
//
// The node's loop:
//
//	server, err := engine.Listen(engine.Config{Addr: "127.0.0.1:0", Identity: node})
//	go announce(server.Addr())                        // the route: address and node.KeyHash()
//	err = server.Serve(ctx, func(hunt string, p codec.PartitionID, epoch codec.Epoch) (engine.Mailbox, error) {
//		return actors.Find(hunt, p, epoch)            // or a codec.Error with ErrorPartition, ErrorEpoch
//	})
//
// The gateway's loop:
//
//	client, err := engine.NewClient(engine.ClientConfig{Identity: gateway, Gateway: instance, Hunt: "tenant/room"})
//	link, err := client.Open(ctx, route, func(frames []byte) { … })
//	link.Send(frames)                                 // false: the link has ended
//	<-link.Done(); link.Err()                         // read the route again, open again
//
// What it holds: order within a stream (I6); nothing allocated on the actor's
// way through Peer.Send and Peer.Recycle (I9); every queue has a cap, nothing
// in between is dropped, and who is over its cap loses the stream, is told so
// and is counted (I10). Writes coalesce by draining a queue, never by a timer.
//
// Both ends show a certificate of the cluster (transport/identity), which TLS
// verifies before a stream is accepted. Connections in their handshake have
// places of their own and few (door), so that they keep no gateway out.
//
// What it must never do: take a node whose key is not the route's, say anything
// about a partition to a peer without a certificate of the cluster, hand a frame
// on that its sender's role may not send, or block an actor.
package engine
