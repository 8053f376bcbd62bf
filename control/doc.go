// Package control says who owns what. It runs or reaches etcd and keeps four
// things there: the nodes that are alive (under leases), the hunts that are
// declared, the assignment of every partition to a node, and how far each
// partition's journal is known to be durable (I5), from where on it must be whole,
// the named forks of a hunt, and the orders to roll back to one.
//
// The caller's loop on a node:
//
//	etcd, err := control.StartEtcd(ctx, control.Config{Dir: dir}) // or a client of an external cluster
//	reg, err := control.Register(ctx, etcd.Client(), control.Node{Name: "n1", Addr: addr, KeyHash: hash, Capacity: 64})
//	go control.NewController(etcd.Client(), "n1").Run(ctx)
//	for owned := range control.WatchAssignments(ctx, etcd.Client(), reg) {
//		// open what is new under its epoch, close what is gone
//	}
//
// and on a gateway: for routes := range control.WatchRoutes(ctx, cli, hunt).
//
// Invariants held here:
//   - I4: a partition's epoch is the etcd revision at which its assignment was
//     written. Each write is a transaction guarded by what the controller read
//     and by its leadership, so epochs of a partition only grow. A lease is a
//     hint that somebody is alive; the journal's fence is the proof.
//   - I5: watermarks never go back, whoever writes them; two nodes that name the
//     same index with different hashes are an error.
//   - I12: a row of the table that cannot be read takes out its own node or hunt
//     only; keys of a newer release are passed over. Both are counted (Controller.Ignored).
//   - I11: a node's return under its own name needs no expiry of its old lease.
//
// It must never decide anything about a partition's state, hold a lock while it
// waits for etcd, or end the process: a damaged etcd folder is an error.
//
// Subpackages: plan (the pure planner), delta (the delta log of a partition),
// rounds (the round keeper).
package control
