package attack

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/jepsen"
)

// limited starts `hunt dev` in a shell whose processes may open a number of files.
func limited(t *testing.T, files int, flags ...string) *jepsen.Process {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the real binary")
	}
	bin, err := theBinary()
	must(t, err)
	args := append([]string{"-c", `ulimit -n "$0" && exec "$@"`, strconv.Itoa(files), bin,
		"dev", "--json", "--log-format", "json", "--http", ":0", "--edges", "12000"}, flags...)
	p, err := jepsen.Start(context.Background(), "/bin/sh", args...)
	must(t, err)
	return p
}

// TestFewDescriptors gives a hunt as few descriptors as it takes, and then all
// of the page's to readers that do not read: it goes from round to round, and an
// honest player gets in and plays. With fewer it does not start.
func TestFewDescriptors(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("descriptors are counted in /proc: ", err)
	}
	flags := []string{"--bots", "20", "--round", "3s", "--for", "40s"}
	refused := limited(t, 60, flags...).Wait()
	needs := regexp.MustCompile(`60 \(ulimit -n\).* needs (\d+)`).FindStringSubmatch(refused.Stderr)
	if refused.Code != 2 || needs == nil {
		t.Fatalf("with 60 descriptors it ended with exit code %d: %s", refused.Code, refused.Stderr)
	}
	files, err := strconv.Atoi(needs[1])
	must(t, err)
	p := limited(t, files, flags...)
	t.Cleanup(func() { p.Kill() })
	ctx, cancel := context.WithTimeout(t.Context(), 35*time.Second)
	defer cancel()
	ready, err := p.Ready(ctx)
	must(t, err)
	bin, err := theBinary()
	must(t, err)
	h := &hunt{Process: p, Ready: ready, bin: bin}
	most := 0
	honest := h.beside(ctx, t, 7*time.Second, func(ctx context.Context) {
		var readers sync.WaitGroup
		defer readers.Wait()
		for range 390 {
			readers.Go(func() { neverRead(ctx, strings.TrimPrefix(h.Page, "http://")) })
		}
		for ctx.Err() == nil {
			open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", h.Pid()))
			if err == nil {
				most = max(most, len(open))
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	t.Logf("at most %d of %d descriptors were open", most, files)
	if honest.Players != 1 || honest.Durable == 0 {
		t.Errorf("the honest player could not play: %+v", honest)
	}
	if n := h.metric(t, "hunt_snapshot_stored_total"); n == 0 {
		t.Error("no round's snapshot was stored in 7 s of rounds of 3 s")
	}
	if n := h.metric(t, "hunt_http_crowded_total", `listener="page"`); n < 300 {
		t.Errorf("%v slow readers made room, of 390", n)
	}
	if e := p.Interrupt(); e.Code != 0 && e.Code != 130 || e.Crashed() {
		t.Errorf("the attacked hunt ended with exit code %d: %s", e.Code, e.Stderr)
	}
}

// neverRead asks for the world and does not read it, again and again.
func neverRead(ctx context.Context, page string) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	for ctx.Err() == nil {
		conn, err := dialer.DialContext(ctx, "tcp", page)
		if err == nil {
			_ = conn.(*net.TCPConn).SetReadBuffer(4096)
			_, _ = io.WriteString(conn, "GET /api/world HTTP/1.1\r\nHost: "+page+"\r\n\r\n")
			gone := make(chan struct{})
			go func() { // the end of the connection is noticed without reading
				defer close(gone)
				for ctx.Err() == nil {
					if _, err := conn.Write([]byte("\r\n")); err != nil {
						return
					}
					time.Sleep(500 * time.Millisecond)
				}
			}()
			<-gone
			_ = conn.Close()
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}
