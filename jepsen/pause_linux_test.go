package jepsen

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/transport/client"
)

// HUNT_LONG_PAUSES makes the pauses as long as an operator may see them, minutes in all.
var (
	freezes = []time.Duration{9 * time.Second} // longer than any answer of the store is waited for
	stops   = []time.Duration{8 * time.Second}
)

func init() {
	if os.Getenv("HUNT_LONG_PAUSES") != "" {
		freezes = []time.Duration{10 * time.Second, 20 * time.Second, 10 * time.Second, 20 * time.Second}
		stops = []time.Duration{50 * time.Second, 66 * time.Second} // below and above a node's lease
	}
}

// I12: a disk that stands still ends nothing.
func TestFrozenDisk(t *testing.T) {
	bin := hunt(t)
	d := newDisk(t, 512)
	p := newPaused(t, bin, d.dir)
	for _, length := range freezes {
		var thaw func() error
		p.through(length, func() {
			var err error
			thaw, err = d.freeze()
			must(t, err)
		}, func() { must(t, thaw()) })
	}
	p.sound()
}

// I12: a process that stands still goes on where it was, also after its lease.
func TestStoppedProcess(t *testing.T) {
	p := newPaused(t, hunt(t), t.TempDir())
	signal := func(s syscall.Signal) func() {
		return func() { must(t, syscall.Kill(p.Pid(), s)) }
	}
	for _, length := range stops {
		p.through(length, signal(syscall.SIGSTOP), signal(syscall.SIGCONT))
	}
	p.sound()
}

// freeze holds all writes to the disk until thaw is called. A disk that stays frozen
// cannot be unmounted, and holds up whatever syncs on this machine, so it thaws at the
// test's end, and by a process of its own after thawAfter if the test is killed before.
func (d *disk) freeze() (thaw func() error, err error) {
	rescue := exec.Command("sh", "-c", fmt.Sprintf("sleep %d; fsfreeze --unfreeze '%s'", thawAfter/time.Second, d.dir))
	rescue.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := rescue.Start(); err != nil {
		return nil, err
	}
	thaw = sync.OnceValue(func() error {
		_ = syscall.Kill(-rescue.Process.Pid, syscall.SIGKILL) // the process and its sleep
		_ = rescue.Wait()                                      // it was killed
		return d.control(0xc0045878)                           // FITHAW
	})
	d.t.Cleanup(func() { _ = thaw() })
	return thaw, d.control(0xc0045877) // FIFREEZE
}

// thawAfter is above the longest freeze, of 20 s.
const thawAfter = time.Minute

func (d *disk) control(request uint) error {
	f, err := os.Open(d.dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.IoctlSetInt(int(f.Fd()), request, 0)
}

// paused is a hunt that is paused again and again, its crowd, and a probe.
type paused struct {
	life
	t     *testing.T
	ctx   context.Context
	bin   string
	dir   string
	page  string
	crowd Crowd
	probe *probe
}

const pausedRound = 300 // ticks: 10 s, so that rounds end in a pause

func newPaused(t *testing.T, bin, folder string) *paused {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	t.Cleanup(cancel)
	p := &paused{t: t, ctx: ctx, bin: bin, dir: folder + "/data", crowd: NewCrowd(4), probe: &probe{told: make(chan struct{}, 1)}}
	process, err := Start(ctx, bin, dev(p.dir, pausedRound, "--bots", "60")...)
	must(t, err)
	t.Cleanup(func() { process.Kill() })
	ready, err := process.Ready(ctx)
	must(t, err)
	p.page = ready.Page
	p.life = life{process, p.crowd.Play(ctx, ready.Page)}
	go p.probe.play(ctx, ready.Page)
	must(t, p.crowd.Await(ctx, moment(1, 90)))
	return p
}

// through takes the hunt through a pause. When it is over the hunt has to be less
// than lagBound behind its clock within settled, and moves to become durable.
func (p *paused) through(length time.Duration, pause, resume func()) {
	p.t.Helper()
	const (
		lagBound = time.Second
		settled  = 5 * time.Second
	)
	must(p.t, p.probe.await(p.ctx, time.Now()))
	pause()
	_ = sleep(p.ctx, length)
	resume()
	end := time.Now()
	busy := others(p.t, p.Pid())
	caughtUp := p.caughtUp(lagBound)
	took := time.Since(end)
	if err := p.probe.await(p.ctx, end); err != nil {
		p.t.Errorf("a pause of %v: %v", length, err)
	}
	select {
	case <-p.done:
		p.t.Fatalf("the hunt ended after a pause of %v: %+v", length, p.exit())
	default:
	}
	elsewhere := busy()
	p.t.Logf("a pause of %v: less than %v behind after %v; a player's first move durable after %v (processors busy elsewhere: %.0f %%)",
		length, lagBound, took.Round(time.Millisecond), p.probe.first(end).Round(time.Millisecond), 100*elsewhere)
	switch {
	case caughtUp != nil:
		p.t.Errorf("I11: after a pause of %v: %v", length, caughtUp)
	case took <= settled:
	case elsewhere > 0.3:
		p.t.Log("undecided: the machine is too busy to hold the lag against its bound")
	default:
		p.t.Errorf("I11: after a pause of %v the hunt was more than %v behind for %v", length, lagBound, took)
	}
}

// caughtUp waits until every partition has made records durable again and passes
// its ticks, which wait for what is durable, within a bound of when they are due.
func (p *paused) caughtUp(bound time.Duration) error {
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	_, before, err := progress(ctx, p.page)
	for {
		late, records, e := progress(ctx, p.page)
		if err = errors.Join(err, e); err != nil {
			return err
		}
		if late < bound.Seconds() && records > before+recordsAgain {
			return nil
		}
		if sleep(ctx, 20*time.Millisecond) != nil {
			return fmt.Errorf("a minute later it is %v s behind, with %v new durable records", late, records-before)
		}
	}
}

// recordsAgain is more than the partitions of the hunt had on their way to the
// journal, 60 each at most.
const recordsAgain = 4 * 60

// progress is how late the last tick of the latest partition was, in seconds, and
// how many records are durable.
func progress(ctx context.Context, page string) (late, records float64, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, page+"/metrics", nil)
	if err != nil {
		return 0, 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		series, value, _ := strings.Cut(lines.Text(), " ")
		switch name, _, _ := strings.Cut(series, "{"); name {
		case "hunt_partition_tick_late_seconds":
			v, e := strconv.ParseFloat(value, 64)
			late, err = max(late, v), errors.Join(err, e)
		case "hunt_partition_durable_lag_seconds_count":
			v, e := strconv.ParseFloat(value, 64)
			records, err = records+v, errors.Join(err, e)
		}
	}
	return late, records, err
}

// sound stops the hunt and looks at what it said and left.
func (p *paused) sound() {
	p.t.Helper()
	exit := p.Interrupt()
	p.stop()
	s, err := ReadSummary(exit)
	must(p.t, err)
	if s.DuplicateGrants != 0 || s.MovesApplied != s.MovesDurable {
		p.t.Errorf("I2, I3: a clean stop says %+v", s)
	}
	verified(p.ctx, p.t, p.bin, p.dir)
	_, err = RunVerify(p.ctx, p.bin, p.dir) // rounds' events too: contiguous, and what the records grant
	must(p.t, err)
	histories := p.crowd.Histories()
	for _, v := range append(CheckMoves(Clock{RoundTicks: pausedRound, IdleTicks: 60 * 30}, histories), CheckGrants(histories)...) {
		p.t.Error(v)
	}
	p.t.Logf("%+v", s)
}

// probe is a player that notes when its moves were made and when they were durable.
type probe struct {
	mu      sync.Mutex
	lags    []lag
	durable codec.MoveSeq
	told    chan struct{} // something became durable
}

type lag struct{ made, durable time.Time }

func (p *probe) play(ctx context.Context, page string) {
	for ctx.Err() == nil {
		if err := p.session(ctx, page); err != nil {
			_ = sleep(ctx, retryPause)
		}
	}
}

func (p *probe) session(ctx context.Context, page string) error {
	short, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	options, err := SessionOf(short, page, 1000)
	if err != nil {
		return err
	}
	options.Handlers.OnDurable = func(d *huntpb.Durable) {
		p.mu.Lock()
		p.durable = codec.MoveSeq(d.LastSeq)
		p.mu.Unlock()
		select {
		case p.told <- struct{}{}:
		default:
		}
	}
	s, err := client.Dial(short, options)
	if err != nil {
		return err
	}
	defer s.Close()
	at, err := s.Join(short, "probe")
	if err != nil {
		return err
	}
	for hint := at.Hint; ; {
		if err := sleep(ctx, movePeriod); err != nil {
			return err
		}
		if hint, err = p.step(ctx, s, hint); err != nil {
			return err
		}
	}
}

// step makes a move and waits until it is durable; without a hint it asks for one.
// It gives up soon: a new session is answered at once, where an old one's
// transport may still be waiting for its next try.
func (p *probe) step(ctx context.Context, s *client.Session, hint *huntpb.Hint) (*huntpb.Hint, error) {
	ctx, cancel := context.WithTimeout(ctx, 1500*time.Millisecond)
	defer cancel()
	if hint == nil || hint.Edge == uint32(codec.NoEdge) {
		at, err := s.Join(ctx, "probe")
		return at.GetHint(), err
	}
	made := time.Now()
	r, err := s.Move(ctx, codec.EdgeID(hint.Edge))
	if err != nil || r.Code != huntpb.Code_CODE_OK {
		return nil, err
	}
	return r.Hint, p.wait(ctx, s, made, codec.MoveSeq(r.LastSeq))
}

// wait waits until a move is durable, and counts it.
func (p *probe) wait(ctx context.Context, s *client.Session, made time.Time, seq codec.MoveSeq) error {
	for {
		p.mu.Lock()
		durable := p.durable >= seq
		if durable {
			p.lags = append(p.lags, lag{made, time.Now()})
		}
		p.mu.Unlock()
		if durable {
			return nil
		}
		select {
		case <-p.told:
		case <-s.Done():
			return s.Err()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// await waits for a move that was made after a time and is durable.
func (p *probe) await(ctx context.Context, after time.Time) error {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, errors.New("no move was durable within a minute of the pause's end"))
	defer cancel()
	for {
		p.mu.Lock()
		n := len(p.lags)
		made := n > 0 && p.lags[n-1].made.After(after)
		p.mu.Unlock()
		if made {
			return nil
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// first is how long after a time the first move made since then was durable.
func (p *probe) first(after time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.lags {
		if l.made.After(after) {
			return l.durable.Sub(after)
		}
	}
	return 0
}

// others measures which part of the processors is not idle and not a process's
// from the call on to the call of what it returns.
func others(t *testing.T, pid int) func() float64 {
	t.Helper()
	all0, idle0, own0 := processors(t, pid)
	return func() float64 {
		all, idle, own := processors(t, pid)
		return 1 - (idle-idle0+own-own0)/(all-all0)
	}
}

func processors(t *testing.T, pid int) (all, idle, own float64) {
	t.Helper()
	number := func(s string) float64 {
		n, err := strconv.ParseFloat(s, 64)
		must(t, err)
		return n
	}
	stat, err := os.ReadFile("/proc/stat")
	must(t, err)
	for i, f := range strings.Fields(string(bytes.SplitN(stat, []byte("\n"), 2)[0]))[1:9] {
		all += number(f)
		if i == 3 || i == 4 { // idle, and waiting for a disk
			idle += number(f)
		}
	}
	stat, err = os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	must(t, err)
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	return all, idle, number(fields[11]) + number(fields[12])
}
