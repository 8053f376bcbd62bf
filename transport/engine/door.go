package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/quic-go/quic-go"

	"github.com/huntgraph/huntgraph/transport/identity"
)

// door holds the connections whose far end has not shown who it is. It has a
// place for maxUnknown of them, apart from those of gateways that are in. When
// all places are taken the oldest handshake ends: a gateway needs its place for
// some milliseconds, a silent peer keeps one for as long as it is let.
type door struct {
	log     *refusals
	refused *prometheus.CounterVec // by cause

	mu      sync.Mutex
	unknown int
	oldest  []*visit // those that can be ended, the oldest first
}

// visit is a place at the door.
type visit struct {
	conn *quic.Conn // nil until the node has answered the first message
	left bool       // the place is free again
}

type visitKey struct{}

var errFull = errors.New("engine: all places for unknown peers are taken")

// crowded reports whether a fraction of the places, 1/part, is taken.
func (d *door) crowded(part int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.unknown*part >= maxUnknown
}

// config gives a peer less time when half of the places are taken.
func (d *door) config(*quic.ClientInfo) (*quic.Config, error) {
	if d.crowded(2) {
		return nodeConfig(hurriedPause), nil
	}
	return nodeConfig(handshakePause), nil
}

// doubtful makes a peer prove its address when a quarter of the places is taken.
func (d *door) doubtful(net.Addr) bool { return d.crowded(4) }

// enter gives a new connection a place until it ends or meet has passed it.
func (d *door) enter(ctx context.Context, info *quic.ClientInfo) (context.Context, error) {
	d.mu.Lock()
	var out *visit
	if d.unknown >= maxUnknown && len(d.oldest) > 0 {
		out = d.oldest[0]
		d.leave(out)
	}
	full := d.unknown >= maxUnknown
	v := new(visit)
	if !full {
		d.unknown++
	}
	d.mu.Unlock()
	if out != nil {
		d.refuse("crowded", out.conn.RemoteAddr(), "the oldest handshake made room for another")
		go func() { _ = out.conn.CloseWithError(0, "") }() // it waits for the connection's end
	}
	if full {
		d.refuse("crowded", info.RemoteAddr, errFull.Error())
		return nil, errFull
	}
	context.AfterFunc(ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.leave(v)
	})
	return context.WithValue(ctx, visitKey{}, v), nil
}

// leave frees a place; the caller has the lock.
func (d *door) leave(v *visit) {
	if v.left {
		return
	}
	v.left = true
	d.unknown--
	for i, o := range d.oldest {
		if o == v {
			d.oldest = append(d.oldest[:i], d.oldest[i+1:]...)
			break
		}
	}
}

// meet waits until TLS has verified the far end, and says who it is. After an
// error the connection has ended.
func (d *door) meet(conn *quic.Conn) (identity.Peer, error) {
	v, _ := conn.Context().Value(visitKey{}).(*visit)
	d.mu.Lock()
	if !v.left {
		v.conn = conn
		d.oldest = append(d.oldest, v)
	}
	d.mu.Unlock()
	select {
	case <-conn.HandshakeComplete():
	case <-conn.Context().Done():
	}
	d.mu.Lock()
	crowdedOut := v.left && conn.Context().Err() == nil
	d.leave(v)
	d.mu.Unlock()
	if crowdedOut {
		return identity.Peer{}, errFull // it is being closed
	}
	if err := context.Cause(conn.Context()); err != nil {
		d.refuse("handshake", conn.RemoteAddr(), err.Error())
		return identity.Peer{}, fmt.Errorf("engine: handshake: %w", err)
	}
	who, err := identity.Of(conn.ConnectionState().TLS)
	if err != nil {
		d.refuse("identity", conn.RemoteAddr(), err.Error())
		_ = conn.CloseWithError(closeIdentity, err.Error()) // it never fails
	}
	return who, err
}

// refuse counts and logs that a peer was not let in.
func (d *door) refuse(cause string, from net.Addr, why string) {
	d.refused.WithLabelValues(cause).Inc()
	d.log.note(cause, "engine hop: a peer that did not show who it is was refused", "from", from.String(), "why", why)
}
