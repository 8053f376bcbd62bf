package attack

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/jepsen"
)

// theBinary is HUNT_BIN, or built once for all tests.
var theBinary = sync.OnceValues(func() (string, error) { return jepsen.Binary(scratch) })

var scratch string // of this run of the tests

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "hunt-attack-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		scratch = dir
		return m.Run()
	}())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// undecided says that the machine is too busy for one of a test's measurements;
// what the test checks beside it still counts.
func undecided(t *testing.T, format string, args ...any) {
	t.Helper()
	t.Logf("undecided: "+format, args...)
}

// hunt is a running `hunt dev`.
type hunt struct {
	*jepsen.Process
	jepsen.Ready
	bin string
}

// start starts `hunt dev` with more flags, and waits until it can be played. It
// is killed at the test's end, and must not have crashed before.
func start(t *testing.T, flags ...string) *hunt {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the real binary")
	}
	bin, err := theBinary()
	must(t, err)
	p, err := jepsen.Start(context.Background(), bin, append([]string{
		"dev", "--json", "--log-format", "json", "--http", ":0", "--edges", "12000"}, flags...)...)
	must(t, err)
	t.Cleanup(func() {
		if e := p.Kill(); e.Crashed() || e.Code >= 0 {
			t.Errorf("the attacked hunt ended by itself with exit code %d: %s", e.Code, e.Stderr)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ready, err := p.Ready(ctx)
	must(t, err)
	return &hunt{Process: p, Ready: ready, bin: bin}
}

// metric is the sum of a metric's series whose labels contain all of the given
// texts, as in `reason="rate"`; 0 if there is none.
func (h *hunt) metric(t *testing.T, name string, labels ...string) (sum float64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.Page+"/metrics", nil)
	must(t, err)
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
series:
	for lines.Scan() {
		series, value, _ := strings.Cut(lines.Text(), " ")
		base, set, _ := strings.Cut(series, "{")
		if base != name {
			continue
		}
		for _, l := range labels {
			if !strings.Contains(set, l) {
				continue series
			}
		}
		v, err := strconv.ParseFloat(value, 64)
		must(t, err)
		sum += v
	}
	must(t, lines.Err())
	return sum
}

// rss is the process's resident memory, in bytes.
func (h *hunt) rss(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.Pid()))
	if err != nil {
		t.Skip("resident memory is read from /proc: ", err)
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmRSS:" {
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			must(t, err)
			return kib << 10
		}
	}
	t.Fatal("the process has no VmRSS: it has ended")
	return 0
}

// played is what `hunt play --json` prints.
type played struct {
	Players        int              `json:"players"` // that got in
	Moves          int64            `json:"moves"`
	OK             int64            `json:"ok"`
	Rejected       map[string]int64 `json:"rejected"`
	Durable        int64            `json:"durable"`
	Duplicates     int64            `json:"duplicates"`
	Failures       int64            `json:"failures"`
	RoundTripP50US int64            `json:"round_trip_p50_us"`
	RoundTripP99US int64            `json:"round_trip_p99_us"`
}

func (p played) p50() time.Duration { return time.Duration(p.RoundTripP50US) * time.Microsecond }
func (p played) p99() time.Duration { return time.Duration(p.RoundTripP99US) * time.Microsecond }

// play runs `hunt play` for a time: one honest player, if the flags say no more.
// Nobody may have got in, which Players says.
func (h *hunt) play(ctx context.Context, t *testing.T, length time.Duration, flags ...string) (p played) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, length+30*time.Second)
	defer cancel()
	process, err := jepsen.Start(ctx, h.bin, append([]string{"play", "--json", "--server", h.Page, "--rate", "8", "--for", length.String()}, flags...)...)
	must(t, err)
	e := process.Wait()
	if e.Code != 0 && e.Code != 1 || e.Crashed() {
		t.Fatalf("hunt play ended with exit code %d: %s", e.Code, e.Stderr)
	}
	if len(e.Stdout) == 0 {
		return played{} // it did not even get a session of the page
	}
	if err := json.Unmarshal(e.Stdout, &p); err != nil {
		t.Fatalf("read what hunt play prints: %v: %s", err, e.Stdout)
	}
	if p.Duplicates != 0 {
		t.Errorf("I2: the honest player got %d treasures twice", p.Duplicates)
	}
	return p
}

// beside runs an attack for as long as an honest player plays, and waits for its
// end, which must follow the end of its context.
func (h *hunt) beside(ctx context.Context, t *testing.T, length time.Duration, attack func(context.Context)) played {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	var attacking sync.WaitGroup
	defer attacking.Wait()
	defer cancel()
	attacking.Go(func() { attack(ctx) })
	p := h.play(ctx, t, length)
	t.Logf("an honest player beside it: %d moves, p50 %v, p99 %v, %d failures", p.Moves, p.p50(), p.p99(), p.Failures)
	return p
}
