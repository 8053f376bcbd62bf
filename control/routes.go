package control

import (
	"cmp"
	"context"
	"slices"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control/plan"
)

// Assignment is a partition that a node owns, and the epoch that it owns it in.
type Assignment struct {
	Hunt      string
	Partition codec.PartitionID
	Epoch     codec.Epoch
}

// WatchAssignments sends what this incarnation of the node owns, all of it, in
// the order of hunt and partition: at first and after every change, the newest
// only if the receiver is slow. A partition that stays but has another epoch
// must be closed and opened again. While etcd cannot be reached nothing is
// sent; see Registration.Lost. The channel closes with the context.
func WatchAssignments(ctx context.Context, cli *clientv3.Client, r *Registration) <-chan []Assignment {
	me := plan.Owner{Node: r.Name, Incarnation: r.Incarnation}
	return stream(ctx, cli, func(t *table) (mine []Assignment) {
		for p, a := range t.places {
			if a.owner == me {
				mine = append(mine, Assignment{p.Hunt, p.Partition, a.epoch})
			}
		}
		slices.SortFunc(mine, func(a, b Assignment) int {
			return cmp.Or(cmp.Compare(a.Hunt, b.Hunt), cmp.Compare(a.Partition, b.Partition))
		})
		return mine
	})
}

// WatchRoutes sends who owns which partition of the hunt, by partition: at
// first and after every change, the newest only if the receiver is slow. A
// partition whose owner is not alive is left out. The channel closes with the context.
func WatchRoutes(ctx context.Context, cli *clientv3.Client, hunt string) <-chan []codec.Route {
	return stream(ctx, cli, func(t *table) (routes []codec.Route) {
		for p, a := range t.places {
			n, alive := t.nodes[a.owner.Node]
			if p.Hunt != hunt || !alive || n.incarnation != a.owner.Incarnation {
				continue
			}
			routes = append(routes, codec.Route{
				Partition: p.Partition,
				Epoch:     a.epoch,
				Node:      n.Name,
				Addr:      n.Addr,
				KeyHash:   n.KeyHash,
			})
		}
		slices.SortFunc(routes, func(a, b codec.Route) int { return cmp.Compare(a.Partition, b.Partition) })
		return routes
	})
}
