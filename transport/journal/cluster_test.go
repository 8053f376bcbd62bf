package journal

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// members is how many servers a cluster has, each of them a process: this test
// binary, run again.
const members = 3

// member is what a server of a cluster needs to know. It comes in the
// environment; a server runs until its standard input ends, so that it does not
// outlive the test.
type member struct {
	Name   string
	Dir    string
	Port   int
	Routes [members]int // the ports for each other
	Number int
}

const memberVariable = "HUNT_JOURNAL_TEST_SERVER"

func runMember(config string) error {
	var m member
	if err := json.Unmarshal([]byte(config), &m); err != nil {
		return err
	}
	options := &server.Options{
		ServerName: m.Name, Host: "127.0.0.1", Port: m.Port,
		JetStream: true, StoreDir: m.Dir, SyncAlways: true, NoSigs: true, DisableJetStreamBanner: true,
		Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: m.Routes[m.Number]},
		LogFile: filepath.Join(m.Dir, "log"),
	}
	for _, port := range m.Routes {
		options.Routes = append(options.Routes, &url.URL{Scheme: "nats", Host: address(port)})
	}
	ns, err := server.NewServer(options)
	if err != nil {
		return err
	}
	ns.ConfigureLogger()
	ns.Start()
	_, err = io.Copy(io.Discard, os.Stdin)
	ns.Shutdown()
	ns.WaitForShutdown()
	return err
}

func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// cluster is three servers and the processes that run.
type cluster struct {
	t       testing.TB
	members [members]member
	running [members]*process
}

type process struct {
	*exec.Cmd
	stop io.Closer
}

// newCluster starts three servers on loopback, on ports that are free.
func newCluster(t testing.TB, dir string) *cluster {
	t.Helper()
	c := &cluster{t: t}
	var ports [2 * members]int
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	for i := range c.members {
		m := member{Name: fmt.Sprintf("server-%d", i), Dir: filepath.Join(dir, fmt.Sprint(i)), Port: ports[i], Number: i}
		copy(m.Routes[:], ports[members:])
		must(t, os.MkdirAll(m.Dir, 0o700))
		c.members[i] = m
	}
	return c
}

// start runs server i.
func (c *cluster) start(i int) {
	c.t.Helper()
	config, err := json.Marshal(c.members[i])
	must(c.t, err)
	p := &process{Cmd: exec.Command(os.Args[0])}
	p.Env = append(os.Environ(), memberVariable+"="+string(config))
	p.Stderr = os.Stderr
	p.stop, err = p.StdinPipe()
	must(c.t, err)
	must(c.t, p.Start())
	c.running[i] = p
}

// kill ends server i as a crash does.
func (c *cluster) kill(i int) {
	p := c.running[i]
	c.running[i] = nil
	_ = p.Process.Kill() // fails only if it has ended
	_ = p.Wait()
}

// back runs server i again if it was killed.
func (c *cluster) back(i int) {
	if c.running[i] == nil {
		c.start(i)
	}
}

func (c *cluster) close() {
	for i, p := range c.running {
		if p != nil {
			c.kill(i)
		}
	}
}

// connect waits until streams of three replicas can be made.
func (c *cluster) connect() *nats.Conn {
	c.t.Helper()
	var urls []string
	for _, m := range c.members {
		urls = append(urls, address(m.Port))
	}
	nc, err := nats.Connect(strings.Join(urls, ","), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true),
		nats.ReconnectWait(10*time.Millisecond), nats.ReconnectJitter(0, 0))
	must(c.t, err)
	return nc
}

// journal gives the journal of a hunt that only this test has.
func (c *cluster) journal(t testing.TB, options ...Option) *Journal {
	t.Helper()
	nc := c.connect()
	t.Cleanup(nc.Close)
	hunt := sha256.Sum256([]byte(t.Name()))
	j, err := New(nc, fmt.Sprintf("test/%x", hunt[:8]), append([]Option{WithReplicas(members)}, options...)...)
	must(t, err)
	return j
}

// ready waits until the cluster makes and drops a stream.
func (c *cluster) ready(j *Journal) {
	c.t.Helper()
	l := j.Partition(65535)
	var err error
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err = errors.Join(l.Create(soon(c.t), 1), l.DeleteRound(brief(c.t), 1)); err == nil {
			return
		}
	}
	c.t.Fatal(err)
}

// shared is a cluster for the tests that break none of it, started when the
// first one asks for it.
var shared struct {
	once sync.Once
	dir  string
	*cluster
}

func sharedCluster(t testing.TB) *cluster {
	shared.once.Do(func() {
		dir, err := os.MkdirTemp("", "journal")
		must(t, err)
		shared.dir, shared.cluster = dir, newCluster(t, dir)
		for i := range shared.members {
			shared.start(i)
		}
		nc := shared.connect()
		defer nc.Close()
		shared.ready(journal(t, nc, WithReplicas(3)))
	})
	return shared.cluster
}

func closeShared() error {
	if shared.cluster == nil {
		return nil
	}
	shared.close()
	return os.RemoveAll(shared.dir)
}
