package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/identity"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/quic-go/quic-go"
)

// ErrClosed is why a link ended that its own gateway closed.
var ErrClosed = errors.New("engine: closed by this gateway")

// ClientConfig is what a gateway reaches nodes with.
type ClientConfig struct {
	Identity   *identity.Identity    // of this gateway
	Gateway    uint64                // the gateway's instance, for the nodes' hellos
	Hunt       string                // `tenant/room`, 1 to codec.MaxHunt bytes
	Bind       string                // host:port, UDP, that it dials from; empty: any
	Registerer prometheus.Registerer // nil: no metrics
}

// Client is a gateway's end of the hop: one socket, one connection a node, one
// stream a partition. Its methods may be called from any goroutine.
type Client struct {
	cfg       ClientConfig
	metrics   *metrics
	socket    net.PacketConn
	transport *quic.Transport
	ctx       context.Context // ends with the client
	cancel    context.CancelFunc
	close     func() error
	dials     sync.WaitGroup

	mu      sync.Mutex
	closing bool
	nodes   map[node]*dialled
	links   map[*Link]struct{}
}

// node is a process that partitions live in: a restart has a new key.
type node struct {
	addr string
	key  codec.Hash
}

// dialled is a connection that is there once ready is closed, or err is.
type dialled struct {
	ready chan struct{}
	conn  *quic.Conn
	err   error
}

// NewClient opens the socket that the gateway dials from.
func NewClient(cfg ClientConfig) (*Client, error) {
	if cfg.Identity == nil {
		return nil, errors.New("engine: client: no identity: ask the cluster's authority for a gateway's")
	}
	if len(cfg.Hunt) == 0 || len(cfg.Hunt) > codec.MaxHunt {
		return nil, fmt.Errorf("engine: client: the hunt's name %q has %d bytes, want 1 to %d", cfg.Hunt, len(cfg.Hunt), codec.MaxHunt)
	}
	if cfg.Bind == "" {
		cfg.Bind = ":0"
	}
	c := &Client{cfg: cfg, nodes: map[node]*dialled{}, links: map[*Link]struct{}{}}
	c.close = sync.OnceValue(c.shut)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	var err error
	if c.socket, err = net.ListenPacket("udp", cfg.Bind); err != nil {
		return nil, fmt.Errorf("engine: client: bind %s: %w", cfg.Bind, err)
	}
	if c.metrics, err = newMetrics(cfg.Registerer, "gateway", c.queuedBytes, c.connections); err != nil {
		return nil, errors.Join(fmt.Errorf("engine: client: %w", err), c.socket.Close())
	}
	c.transport = newTransport(c.socket)
	return c, nil
}

// Open opens a stream to the route's partition and says hello. receive gets
// whole frames of the node, in order, from the link's own goroutine; they are
// valid during the call, and while it runs the node's sends wait. ctx bounds
// the opening alone, which takes at most two handshakeWaits in any case. A
// refusal by the node is a codec.Error; a route whose address does not answer
// or shows another key is another error: read the route again.
func (c *Client) Open(ctx context.Context, route codec.Route, receive func(frames []byte)) (*Link, error) {
	link, dead, err := c.open(ctx, route, receive)
	if err != nil && dead && ctx.Err() == nil {
		// The connection died before we noticed; a new one tells whether the node did.
		link, _, err = c.open(ctx, route, receive)
	}
	if err != nil {
		return nil, fmt.Errorf("engine: open partition %d of %s at %s: %w", route.Partition, c.cfg.Hunt, route.Addr, err)
	}
	return link, nil
}

// open reports dead if it failed for a connection that was there before and is not any more.
func (c *Client) open(ctx context.Context, route codec.Route, receive func([]byte)) (l *Link, dead bool, err error) {
	n := node{route.Addr, route.KeyHash}
	d, reused, err := c.connect(ctx, n)
	if err != nil {
		return nil, false, err
	}
	fail := func(err error) (*Link, bool, error) {
		if !errors.Is(err, net.ErrClosed) { // every end of a connection is one
			return nil, false, ended(err)
		}
		c.forget(n, d)
		return nil, reused, ended(err)
	}
	ctx, cancel := context.WithTimeout(ctx, handshakeWait)
	defer cancel()
	stream, err := d.conn.OpenStreamSync(ctx)
	if err != nil {
		return fail(fmt.Errorf("open a stream: %w", err))
	}
	l = newLink(c, stream, route, receive)
	if err := l.greet(ctx); err != nil {
		return fail(err)
	}
	if !c.add(l) {
		l.abort()
		return nil, false, ErrClosed
	}
	go l.run()
	return l, false, nil
}

// connect is the connection to a node; who comes while it is dialled waits along.
func (c *Client) connect(ctx context.Context, n node) (_ *dialled, reused bool, _ error) {
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		return nil, false, ErrClosed
	}
	d, reused := c.nodes[n]
	if !reused {
		d = &dialled{ready: make(chan struct{})}
		c.nodes[n] = d
		c.dials.Go(func() { c.dial(n, d) })
	}
	c.mu.Unlock()
	select {
	case <-d.ready:
		return d, reused, d.err
	case <-ctx.Done():
		return nil, false, fmt.Errorf("dial: %w", ctx.Err())
	}
}

// dial makes the connection, and forgets it when it ends.
func (c *Client) dial(n node, d *dialled) {
	ctx, cancel := context.WithTimeout(c.ctx, handshakeWait)
	defer cancel()
	addr, err := resolve(ctx, n.addr)
	if err == nil {
		d.conn, err = c.transport.Dial(ctx, addr, c.cfg.Identity.Client(alpn, n.key), linkConfig())
	}
	if err != nil {
		c.metrics.dialsFailed.Inc()
		d.err = fmt.Errorf("dial: %w", err)
		c.forget(n, d)
	} else {
		c.metrics.dials.Inc()
		context.AfterFunc(d.conn.Context(), func() { c.forget(n, d) })
	}
	close(d.ready)
}

// forget lets the next open dial anew.
func (c *Client) forget(n node, d *dialled) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.nodes[n] == d {
		delete(c.nodes, n)
	}
}

// resolve is the address of host:port, the first if the host has several.
func resolve(ctx context.Context, addr string) (net.Addr, error) {
	host, service, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("the route's address is no host:port: %w", err)
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("the port of the route's address %s: %w", addr, err)
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(ips[0].Unmap(), uint16(port))), nil
}

func (c *Client) add(l *Link) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing {
		c.links[l] = struct{}{}
		c.metrics.peers.Inc()
	}
	return !c.closing
}

func (c *Client) remove(l *Link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.links, l)
	c.metrics.peers.Dec()
}

// Close ends all links as Link.Close does, waits until they are done, a grace
// at most and as long as a receive runs, and closes the socket.
func (c *Client) Close() error { return c.close() }

func (c *Client) shut() error {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	c.cancel()
	c.dials.Wait()
	links, conns := c.holds()
	for _, l := range links {
		l.Close()
	}
	for _, l := range links {
		<-l.done
	}
	for _, conn := range conns {
		_ = conn.CloseWithError(0, "the gateway closes") // it never fails
	}
	c.metrics.close()
	if err := errors.Join(c.transport.Close(), c.socket.Close()); err != nil {
		return fmt.Errorf("engine: close the client: %w", err)
	}
	return nil
}

// holds is what the client has at this moment.
func (c *Client) holds() (links []*Link, conns []*quic.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for l := range c.links {
		links = append(links, l)
	}
	for _, d := range c.nodes {
		select {
		case <-d.ready:
			conns = append(conns, d.conn)
		default: // not dialled yet
		}
	}
	return links, conns
}

// queuedBytes and connections are read at a scrape.
func (c *Client) queuedBytes() (n float64) {
	links, _ := c.holds()
	for _, l := range links {
		n += float64(l.out.queued())
	}
	return n
}

func (c *Client) connections() float64 {
	_, conns := c.holds()
	return float64(len(conns))
}
