package system

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

// readyz asks a hunt's page whether it is ready.
func readyz(t *testing.T, d *Dev) (status int, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.edge.PageURL()+"/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

// awaitReadyz waits until the answer has a status and a text.
func awaitReadyz(t *testing.T, d *Dev, status int, text string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		got, said := readyz(t, d)
		if got == status && strings.Contains(said, text) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("readyz says %d %q, want %d %q", got, said, status, text)
		}
	}
}

func startIdle(t *testing.T, page, gateway, node string) *Dev {
	t.Helper()
	d, err := StartDev(t.Context(), DevConfig{
		Dir: t.TempDir(), HTTP: page, Gateway: gateway, Node: node,
		Plan: Plan{Hunt: "demo/main", Edges: 4000, Seed: 1, Partitions: 2, RoundTicks: codec.MaxRoundTicks},
		Log:  slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// I12: a hunt is ready exactly while moves become durable.
func TestReady(t *testing.T) {
	d := startIdle(t, "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0")
	defer d.Stop() //nolint:errcheck // the test has ended a partition
	awaitReadyz(t, d, http.StatusOK, "ok")
	if err := d.edge.probe(t.Context(), time.Now().AddDate(0, 1, 0)); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a month later, with the same certificate: %v", err)
	}
	o := (*d.node.owned.Load())[1]
	o.stop() // nothing of it becomes durable any more
	<-o.done
	awaitReadyz(t, d, http.StatusServiceUnavailable, "partition 1")
}

// Every address that is accepted is one that can be played on.
func TestLoopbackAddressesWork(t *testing.T) {
	if l, err := net.Listen("tcp", "[::1]:0"); err != nil {
		t.Skip("this machine has no IPv6: ", err)
	} else if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ page, gateway, node string }{
		{"[::1]:0", "127.0.0.1:0", "[::1]:0"},
		{"127.0.0.2:0", "127.0.0.3:0", "127.0.0.4:0"},
	} {
		d := startIdle(t, c.page, c.gateway, c.node)
		awaitReadyz(t, d, http.StatusOK, "ok")
		if _, err := d.Stop(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if at, err := GatewayAddress("--gateway", "[::1]:7000"); err == nil || !strings.Contains(err.Error(), "127.0.0.1:7000") {
		t.Errorf("a gateway that no page can name: %q, %v", at, err)
	}
}
