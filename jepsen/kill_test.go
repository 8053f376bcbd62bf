package jepsen

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// theBinary is HUNT_BIN, or built once for all tests.
var theBinary = sync.OnceValues(func() (string, error) { return Binary(scratch) })

var scratch string // of this run of the tests

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "hunt-jepsen-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		scratch = dir
		return m.Run()
	}())
}

func hunt(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the real binary")
	}
	bin, err := theBinary()
	must(t, err)
	return bin
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// seeded is the run's seed: JEPSEN_SEED, or a new one, which a failure shows.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("JEPSEN_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		must(t, err)
	}
	t.Logf("JEPSEN_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// dev are the arguments of `hunt dev` on a folder; the same ones must be given at every start.
func dev(dir string, roundTicks int, more ...string) []string {
	return append([]string{"dev", "--json", "--log-format", "json", "--http", ":0", "--edges", "12000",
		"--round", (time.Duration(roundTicks) * time.Second / 30).String(), "--data-dir", dir}, more...)
}

// life is one run of the process under load.
type life struct {
	*Process
	stop func()
}

// live starts the system and the crowd.
func live(ctx context.Context, t *testing.T, bin string, crowd Crowd, args []string) life {
	t.Helper()
	p, err := Start(ctx, bin, args...)
	must(t, err)
	t.Cleanup(func() { p.Kill() })
	ready, err := p.Ready(ctx)
	must(t, err)
	return life{p, crowd.Play(ctx, ready.Page)}
}

// killed ends a life and says so to the crowd.
func (l life) killed(crowd Crowd) {
	l.Kill()
	l.stop()
	crowd.Killed()
}

// verified replays the folder, which must be sound.
func verified(ctx context.Context, t *testing.T, bin, dir string) Replay {
	t.Helper()
	r, _, err := RunReplay(ctx, bin, dir)
	must(t, err)
	if r.HashMismatches != 0 || r.ChainErrors != 0 {
		t.Fatalf("I5: the journal is not sound: %+v", r)
	}
	return r
}

// Kill -9 under load, again and again, a round's change among them: what was
// durable stays, and the end of it all is what a replay says.
func TestKill(t *testing.T) {
	bin := hunt(t)
	rng := seeded(t)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	const roundTicks = 150
	dir, crowd := t.TempDir(), NewCrowd(8)
	keep(t, crowd)
	args := dev(dir, roundTicks, "--bots", "120")
	for _, tick := range []int{100 + rng.IntN(40), 2*roundTicks - 4 + rng.IntN(6), 2*roundTicks + 60 + rng.IntN(60)} {
		l := live(ctx, t, bin, crowd, args)
		must(t, crowd.Await(ctx, moment(uint32(1+tick/roundTicks), uint32(tick%roundTicks))))
		_ = sleep(ctx, time.Duration(rng.IntN(50))*time.Millisecond) // anywhere in a tick, not just behind an acknowledgement
		l.killed(crowd)
		r := verified(ctx, t, bin, dir)
		if told := DurableMoves(crowd.Histories()); r.Moves < told {
			t.Errorf("I3: the journal holds %d moves, the observers were told of %d durable ones", r.Moves, told)
		}
		t.Logf("killed at tick %d: %+v", tick, r)
	}
	before := verified(ctx, t, bin, dir)
	l := live(ctx, t, bin, crowd, args)
	must(t, crowd.Await(ctx, moment(4, 30)))
	enough(ctx, t, crowd)
	exit := l.Interrupt()
	l.stop()
	s, err := ReadSummary(exit)
	must(t, err)
	after := verified(ctx, t, bin, dir)
	if after.StateHash != s.StateHash || after.Moves != before.Moves+s.MovesDurable || s.MovesApplied != s.MovesDurable || s.DuplicateGrants != 0 {
		t.Errorf("I1, I3: a clean stop says %+v, the replay before it %+v and after it %+v", s, before, after)
	}
	check(t, Clock{RoundTicks: roundTicks, IdleTicks: 60 * 30}, crowd.Histories())
}

// keep stores the histories of a failed test for a look.
func keep(t *testing.T, crowd Crowd) {
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		path := filepath.Join(os.TempDir(), fmt.Sprintf("jepsen-%d.json", time.Now().UnixNano()))
		must(t, WriteHistories(path, crowd.Histories()))
		t.Logf("what the observers saw: %s", path)
	})
}

// check holds the histories, which must be of more than nothing.
func check(t *testing.T, clock Clock, histories []History) {
	t.Helper()
	for _, v := range append(CheckMoves(clock, histories), CheckGrants(histories)...) {
		t.Error(v)
	}
	count := counts(histories)
	t.Logf("%d observers: %d moves applied, %d durable, %d grants received, %d announced, %d rounds ended, %d kills",
		len(histories), count[Replied], DurableMoves(histories), count[Received], count[Announced], count[Ended]/len(histories), count[Killed]/len(histories))
}

// counts says how often the observers noted what.
func counts(histories []History) map[Kind]int {
	count := map[Kind]int{}
	for _, h := range histories {
		for i := range h.Ops {
			count[h.Ops[i].Kind]++
		}
	}
	return count
}

// enough waits until the observers have seen what is worth a check. How long that
// takes is the machine's affair.
func enough(ctx context.Context, t *testing.T, crowd Crowd) {
	t.Helper()
	for {
		count := counts(crowd.Histories())
		if count[Replied] >= 20*len(crowd) && count[Announced] > 0 && count[Ended] > 0 {
			return
		}
		if err := sleep(ctx, 200*time.Millisecond); err != nil {
			t.Fatalf("the observers saw too little to check anything, %d moves, %d grants and %d ends of rounds: %v",
				count[Replied], count[Announced], count[Ended], err)
		}
	}
}
