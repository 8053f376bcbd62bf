package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync/atomic"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/concurrency"

	"github.com/huntgraph/huntgraph/control/plan"
)

// Controller assigns the partitions of every declared hunt to the living
// nodes. Any number may run; the elected one acts.
type Controller struct {
	cli      *clientv3.Client
	name     string
	leading  atomic.Bool
	unplaced atomic.Int64
	ignored  atomic.Int64
}

// NewController makes a controller. The name must be the process's own: one
// that restarts under its name does not wait for the lease that its predecessor left.
func NewController(cli *clientv3.Client, name string) *Controller {
	return &Controller{cli: cli, name: name}
}

// Leading reports whether this controller is the elected one.
func (c *Controller) Leading() bool { return c.leading.Load() }

// Unplaced is how many partitions had no node with room when this controller
// last planned; 0 while it is not leading.
func (c *Controller) Unplaced() int { return int(c.unplaced.Load()) }

// Ignored is how many rows of the control table this controller could not read
// when it last planned: of a newer release, or damaged; 0 while it is not leading.
func (c *Controller) Ignored() int { return int(c.ignored.Load()) }

// Run campaigns and, once elected, plans after every change of nodes and hunts,
// until the context ends (nil). Failures of etcd are logged and tried again.
func (c *Controller) Run(ctx context.Context) error {
	for {
		err := c.term(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			slog.WarnContext(ctx, "controller: starting over", "name", c.name, "error", err)
		}
		select {
		case <-time.After(retryPause):
		case <-ctx.Done():
			return nil
		}
	}
}

// term is one candidacy: a lease, an election, and the time in office.
func (c *Controller) term(ctx context.Context) error {
	if err := c.retire(ctx); err != nil {
		return err
	}
	lease, err := c.cli.Grant(ctx, int64(LeaseTTL/time.Second))
	if err != nil {
		return fmt.Errorf("getting a lease: %w", err)
	}
	session, err := concurrency.NewSession(c.cli, concurrency.WithLease(lease.ID),
		concurrency.WithTTL(int(LeaseTTL/time.Second)), concurrency.WithContext(context.WithoutCancel(ctx)))
	if err != nil {
		return fmt.Errorf("opening a session: %w", err)
	}
	office, leave := context.WithCancel(ctx)
	defer leave()
	stop := context.AfterFunc(session.Ctx(), leave) // without a lease, no office
	defer stop()
	defer func() {
		c.leading.Store(false)
		c.unplaced.Store(0)
		c.ignored.Store(0)
		if err := session.Close(); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "controller: giving the lease back", "name", c.name, "error", err)
		}
	}()
	election := concurrency.NewElection(session, keyElection)
	if err := election.Campaign(office, c.name); err != nil {
		return fmt.Errorf("campaigning: %w", err)
	}
	c.leading.Store(true)
	w := &writer{cli: c.cli, leader: clientv3.Compare(clientv3.CreateRevision(election.Key()), "=", election.Rev())}
	told := map[string]error{}
	return follow(office, c.cli, func(t *table) error {
		c.ignored.Store(int64(len(t.ignored)))
		told = tellIgnored(office, told, t.ignored)
		return c.act(office, w, t)
	})
}

// tellIgnored logs what is ignored now and was not before; it returns what is.
func tellIgnored(ctx context.Context, before, now map[string]error) map[string]error {
	for key, err := range now {
		if was, there := before[key]; !there || was.Error() != err.Error() {
			slog.WarnContext(ctx, "controller: a row of the control table is ignored; put it right or delete it", "key", key, "error", err)
		}
	}
	return maps.Clone(now)
}

// retire ends what a controller of the same name left in the election when it
// was killed; its guard then fails, should it be alive after all. A key without
// a lease is no candidacy and would win the election for ever: it is deleted.
func (c *Controller) retire(ctx context.Context) error {
	left, err := c.cli.Get(ctx, keyElection+"/", clientv3.WithPrefix())
	if err != nil {
		return fmt.Errorf("looking for a predecessor: %w", err)
	}
	for _, kv := range left.Kvs {
		if kv.Lease == 0 {
			if _, err := c.cli.Delete(ctx, string(kv.Key)); err != nil {
				return fmt.Errorf("deleting %s, which is no candidacy: %w", kv.Key, err)
			}
			continue
		}
		if string(kv.Value) != c.name {
			continue
		}
		if err := revoke(ctx, c.cli, clientv3.LeaseID(kv.Lease)); err != nil {
			return fmt.Errorf("ending a predecessor's candidacy: %w", err)
		}
	}
	return nil
}

// act plans on the table and writes. A write that another change overtook is
// planned anew when that change arrives.
func (c *Controller) act(ctx context.Context, w *writer, t *table) error {
	if t.rev < w.rev {
		return nil // older than this controller's own writes: wait for them
	}
	write, unplaced := planOn(t)
	c.unplaced.Store(int64(len(unplaced)))
	for len(write) > 0 {
		n := min(writeChunk, len(write))
		ok, err := w.write(ctx, t, write[:n])
		if err != nil {
			return err
		}
		if !ok {
			return nil
		}
		for _, a := range write[:n] {
			slog.InfoContext(ctx, "controller: assigned", "hunt", a.Place.Hunt, "partition", a.Place.Partition,
				"node", a.Owner.Node, "epoch", w.rev)
		}
		write = write[n:]
	}
	return nil
}

// planOn asks the planner about a table.
func planOn(t *table) (write []plan.Assignment, unplaced []plan.Place) {
	var members []plan.Member
	for _, n := range t.nodes {
		members = append(members, plan.Member{Name: n.Name, Capacity: n.Capacity, Incarnation: n.incarnation})
	}
	var hunts []plan.Hunt
	for _, h := range t.hunts {
		hunts = append(hunts, plan.Hunt{Name: h.Name, Partitions: h.Partitions})
	}
	current := make(map[plan.Place]plan.Owner, len(t.places))
	for p, a := range t.places {
		current[p] = a.owner
	}
	return plan.Plan(members, hunts, current)
}

// writer writes assignments under the leader's guard.
type writer struct {
	cli    *clientv3.Client
	leader clientv3.Cmp
	rev    int64 // of its last write
}

var errNotLeader = errors.New("another controller was elected")

// write writes at most writeChunk assignments in one transaction, if this
// controller leads, the assignments are as the table has them and the nodes
// are the incarnations planned with. It reports false if they are not, in
// which case the table will change.
func (w *writer) write(ctx context.Context, t *table, as []plan.Assignment) (bool, error) {
	guards := []clientv3.Cmp{w.leader}
	var puts []clientv3.Op
	nodes := map[string]bool{}
	for _, a := range as {
		value, err := json.Marshal(placeRow{a.Owner.Node, a.Owner.Incarnation})
		if err != nil {
			return false, fmt.Errorf("encoding an assignment: %w", err)
		}
		key := partitionKey(a.Place)
		guards = append(guards, clientv3.Compare(clientv3.ModRevision(key), "=", int64(t.places[a.Place].epoch)))
		if !nodes[a.Owner.Node] {
			nodes[a.Owner.Node] = true
			guards = append(guards, clientv3.Compare(clientv3.CreateRevision(nodeKey(a.Owner.Node)), "=", int64(a.Owner.Incarnation)))
		}
		puts = append(puts, clientv3.OpPut(key, string(value)))
	}
	resp, err := w.cli.Txn(ctx).If(guards...).Then(puts...).Commit()
	if err != nil {
		return false, fmt.Errorf("writing %d assignments: %w", len(as), err)
	}
	if resp.Succeeded {
		w.rev = resp.Header.Revision
		return true, nil
	}
	check, err := w.cli.Txn(ctx).If(w.leader).Commit()
	if err != nil {
		return false, fmt.Errorf("looking who leads: %w", err)
	}
	if !check.Succeeded {
		return false, errNotLeader
	}
	return false, nil
}
