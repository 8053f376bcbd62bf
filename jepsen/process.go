package jepsen

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Process is a running `hunt`. It dies with the process that started it.
type Process struct {
	cmd   *exec.Cmd
	out   bytes.Buffer
	log   stderr
	done  chan struct{}
	ready chan Ready
}

// Ready is what `hunt dev --json` logs once it can be played.
type Ready struct {
	Page    string  `json:"page"`    // http://host:port
	Gateway string  `json:"gateway"` // https://host:port/hunt
	Node    string  `json:"node"`    // host:port of the engine hop
	ReadyS  float64 `json:"ready_s"`
}

// Exit is how a process ended.
type Exit struct {
	Code   int    // -1: by a signal
	Stdout []byte // all of it
	Stderr string // the last of it
}

// Crashed reports whether the process ended in a way that no program means to.
func (e Exit) Crashed() bool {
	return strings.Contains(e.Stderr, "panic:") || strings.Contains(e.Stderr, "fatal error:") ||
		strings.Contains(e.Stderr, "[running]:") || strings.Contains(e.Stderr, "DATA RACE")
}

// Binary is the binary that HUNT_BIN names, or one that is built into a folder.
func Binary(dir string) (string, error) {
	if bin := os.Getenv("HUNT_BIN"); bin != "" {
		return bin, nil
	}
	bin := filepath.Join(dir, "hunt")
	if out, err := exec.Command("go", "build", "-o", bin, "github.com/huntgraph/huntgraph/cmd/hunt").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build hunt: %w: %s", err, out)
	}
	return bin, nil
}

// Start starts a binary. The end of ctx kills it.
func Start(ctx context.Context, bin string, args ...string) (*Process, error) {
	p := &Process{done: make(chan struct{}), ready: make(chan Ready, 1)}
	p.cmd = exec.CommandContext(ctx, bin, args...)
	p.cmd.Stdout = &p.out
	p.log.line = p.readLine
	p.cmd.Stderr = &p.log
	p.cmd.WaitDelay = time.Second
	dieWithParent(p.cmd)
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the kernel takes the thread that starts a process for its parent
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // its state says how it ended
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", bin, err)
	}
	return p, nil
}

// readLine looks for the line that says where to play.
func (p *Process) readLine(line []byte) {
	var l struct {
		Msg string `json:"msg"`
		Ready
	}
	if json.Unmarshal(line, &l) == nil && l.Msg == "ready" {
		select {
		case p.ready <- l.Ready:
		default:
		}
	}
}

// Ready waits until the process says that it can be played.
func (p *Process) Ready(ctx context.Context) (Ready, error) {
	select {
	case r := <-p.ready:
		return r, nil
	case <-p.done:
		e := p.exit()
		return Ready{}, fmt.Errorf("it ended with exit code %d before it was ready: %s", e.Code, e.Stderr)
	case <-ctx.Done():
		return Ready{}, fmt.Errorf("it is not ready: %w; it said: %s", context.Cause(ctx), p.log.String())
	}
}

// Pid is the process's number.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Said is the last of what the process has written to stderr so far.
func (p *Process) Said() string { return p.log.String() }

// Kill is kill -9.
func (p *Process) Kill() Exit {
	_ = p.cmd.Process.Kill() // an error says that it has ended
	<-p.done
	return p.exit()
}

// Interrupt asks for a clean stop, as Ctrl-C does, and waits for it.
func (p *Process) Interrupt() Exit {
	_ = p.cmd.Process.Signal(os.Interrupt)
	return p.Wait()
}

// Wait waits for the end.
func (p *Process) Wait() Exit {
	<-p.done
	return p.exit()
}

func (p *Process) exit() Exit {
	return Exit{Code: p.cmd.ProcessState.ExitCode(), Stdout: p.out.Bytes(), Stderr: p.log.String()}
}

// stderr keeps the end of what is written and hands on whole lines.
type stderr struct {
	line func([]byte)
	mu   sync.Mutex
	kept []byte
	part []byte
}

func (s *stderr) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, b...)
	if over := len(s.kept) - keptStderr; over > 0 {
		s.kept = append(s.kept[:0], s.kept[over:]...)
	}
	s.part = append(s.part, b...)
	for {
		line, rest, whole := bytes.Cut(s.part, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		s.line(line)
		s.part = rest
	}
}

func (s *stderr) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.kept)
}

// Summary is what `hunt dev --json` prints at a clean stop, as far as it is checked here.
type Summary struct {
	MovesApplied    int    `json:"moves_applied"`
	MovesDurable    int    `json:"moves_durable"`
	Grants          int    `json:"grants"`
	DuplicateGrants int    `json:"duplicate_grants"`
	StateHash       string `json:"state_hash"`
}

// ReadSummary reads the summary of a clean stop.
func ReadSummary(e Exit) (s Summary, err error) {
	if e.Code != 0 {
		return s, fmt.Errorf("hunt dev ended with exit code %d: %s", e.Code, e.Stderr)
	}
	if err := json.Unmarshal(e.Stdout, &s); err != nil {
		return s, fmt.Errorf("read the summary of hunt dev: %w", err)
	}
	return s, nil
}

// Replay is what `hunt replay --json` prints.
type Replay struct {
	Records        int      `json:"records"`
	Moves          int      `json:"moves"`
	HashMismatches int      `json:"hash_mismatches"`
	ChainErrors    int      `json:"chain_errors"`
	StateHash      string   `json:"state_hash"`
	Errors         []string `json:"errors"`
}

// ErrRefused says that the binary refuses the data folder.
var ErrRefused = errors.New("the data folder is refused")

// RunReplay verifies a data folder that no process uses. A folder that is
// refused gives ErrRefused with what was said, and the exit.
func RunReplay(ctx context.Context, bin, dir string) (r Replay, e Exit, err error) {
	p, err := Start(ctx, bin, "replay", "--data-dir", dir, "--verify", "--json")
	if err != nil {
		return r, e, err
	}
	e = p.Wait()
	if e.Crashed() || e.Code != 0 && e.Code != 1 && e.Code != 20 {
		return r, e, fmt.Errorf("hunt replay ended with exit code %d: %s", e.Code, e.Stderr)
	}
	if len(e.Stdout) > 0 {
		if err := json.Unmarshal(e.Stdout, &r); err != nil {
			return r, e, fmt.Errorf("read the output of hunt replay: %w", err)
		}
	}
	if e.Code != 0 {
		return r, e, fmt.Errorf("%w: %s", ErrRefused, e.Stderr)
	}
	return r, e, nil
}

// Verify is what `hunt admin verify --json` prints.
type Verify struct {
	Torn     []string  `json:"torn"`
	Findings []Finding `json:"findings"`
}

// Finding is one thing that it found.
type Finding struct {
	File      string `json:"file"`
	Partition *int   `json:"partition"`
	Index     string `json:"index"`
	What      string `json:"what"`
}

// RunVerify looks at a data folder that no process uses. One in which something
// is wrong gives ErrRefused.
func RunVerify(ctx context.Context, bin, dir string) (v Verify, err error) {
	p, err := Start(ctx, bin, "admin", "verify", "--data-dir", dir, "--json")
	if err != nil {
		return v, err
	}
	e := p.Wait()
	if e.Crashed() || e.Code != 0 && e.Code != 20 {
		return v, fmt.Errorf("hunt admin verify ended with exit code %d: %s", e.Code, e.Stderr)
	}
	if err := json.Unmarshal(e.Stdout, &v); err != nil {
		return v, fmt.Errorf("read the output of hunt admin verify: %w", err)
	}
	if (e.Code == 20) != (len(v.Findings) > 0) {
		return v, fmt.Errorf("hunt admin verify ended with exit code %d and %d findings", e.Code, len(v.Findings))
	}
	if e.Code == 20 {
		return v, fmt.Errorf("%w: %s", ErrRefused, e.Stderr)
	}
	return v, nil
}
