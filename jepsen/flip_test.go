package jepsen

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// image is a data folder as a stop left it, and what a replay of it says.
type image struct {
	dir    string
	clean  bool
	want   Replay
	ticks  int // of a round
	stream map[string]Stream
	newest uint32
	bin    string
}

// halfRound is how much of the newest round an image holds at least: more than
// two watermarks, which are written once a second.
const halfRound = 90

// newImage plays into the second round and stops: cleanly, or by kill -9.
func newImage(ctx context.Context, t *testing.T, bin string, clean bool) *image {
	t.Helper()
	im := &image{dir: t.TempDir(), clean: clean, ticks: 2 * halfRound, bin: bin, stream: map[string]Stream{}}
	crowd := NewCrowd(4)
	l := live(ctx, t, bin, crowd, im.args(im.dir, "--bots", "40"))
	must(t, crowd.Await(ctx, moment(2, halfRound)))
	if clean {
		_, err := ReadSummary(l.Interrupt())
		must(t, err)
		l.stop()
	} else {
		l.killed(crowd)
	}
	im.want = im.replayed(ctx, t, nil)
	streams, err := Streams(im.dir)
	must(t, err)
	for _, s := range streams {
		im.stream[s.Path] = s
		im.newest = max(im.newest, uint32(s.Round))
	}
	t.Logf("the image: %d streams up to round %d, %+v", len(streams), im.newest, im.want)
	return im
}

func (im *image) args(dir string, more ...string) []string { return dev(dir, im.ticks, more...) }

// copied is a fresh copy of the image with a change.
func (im *image) copied(t *testing.T, change func(dir string) error) string {
	t.Helper()
	dir, err := os.MkdirTemp(scratch, "flip-")
	must(t, err)
	must(t, Clone(im.dir, dir))
	if change != nil {
		must(t, change(dir))
	}
	return dir
}

// replayed is what a replay of the image says after a change that does no harm.
func (im *image) replayed(ctx context.Context, t *testing.T, change func(dir string) error) Replay {
	t.Helper()
	dir := im.copied(t, change)
	defer os.RemoveAll(dir)
	return verified(ctx, t, im.bin, dir)
}

// restarted lets `hunt dev` go on for a moment from a folder, without players.
// What it refuses gives ErrRefused.
func (im *image) restarted(ctx context.Context, dir string) error {
	p, err := Start(ctx, im.bin, im.args(dir, "--bots", "0", "--for", "100ms")...)
	if err != nil {
		return err
	}
	switch e := p.Wait(); {
	case e.Crashed() || e.Code != 0 && e.Code != 1:
		return fmt.Errorf("hunt dev ended with exit code %d: %s", e.Code, e.Stderr)
	case e.Code != 0:
		return fmt.Errorf("%w: %s", ErrRefused, lastLine(e.Stderr))
	}
	return nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// trial is the time that one run of the binary may take before it counts as hung.
const trial = 30 * time.Second

// images runs a test on what a clean stop and a kill -9 leave.
func images(t *testing.T, run func(ctx context.Context, t *testing.T, im *image, rng *rand.Rand)) {
	bin := hunt(t)
	for name, clean := range map[string]bool{"clean stop": true, "kill -9": false} {
		t.Run(name, func(t *testing.T) {
			rng := seeded(t)
			run(t.Context(), t, theImage(t, bin, clean), rng)
		})
	}
}

var made = map[bool]*image{}

// theImage is made once for all tests that run in turn.
func theImage(t *testing.T, bin string, clean bool) *image {
	t.Helper()
	if made[clean] == nil {
		ctx, cancel := context.WithTimeout(t.Context(), trial)
		defer cancel()
		made[clean] = newImage(ctx, t, bin, clean)
	}
	return made[clean]
}

// A byte flipped in a record at or below the watermark: neither a restart nor a
// replay takes the folder, and both say which partition and which record.
func TestFlipInRecord(t *testing.T) {
	images(t, func(ctx context.Context, t *testing.T, im *image, rng *rand.Rand) {
		for range flips(t, 8) {
			s := im.draw(rng)
			// A third of the newest round's records is two thirds of halfRound old.
			f := s.Draw(rng, len(s.Records)/3)
			dir := im.copied(t, f.Apply)
			where := []string{fmt.Sprintf("partition %d", s.Partition), fmt.Sprintf("index %d/%d", s.Round, s.Record(f.Offset))}
			for verb, err := range im.both(ctx, dir) {
				if !errors.Is(err, ErrRefused) {
					t.Errorf("I5: %v: %s: %v", f, verb, err)
				} else if !strings.Contains(err.Error(), where[0]) || !strings.Contains(err.Error(), where[1]) {
					t.Errorf("I5: %v: %s does not name %v: %v", f, verb, where, err)
				}
			}
			os.RemoveAll(dir)
		}
	})
}

// draw is a stream of the newest round.
func (im *image) draw(rng *rand.Rand) Stream {
	for {
		for _, s := range im.stream {
			if uint32(s.Round) == im.newest && rng.IntN(4) == 0 {
				return s
			}
		}
	}
}

// both restarts and replays the same folder.
func (im *image) both(ctx context.Context, dir string) map[string]error {
	ctx, cancel := context.WithTimeout(ctx, trial)
	defer cancel()
	got := map[string]error{"hunt dev": im.restarted(ctx, dir)}
	_, _, got["hunt replay"] = RunReplay(ctx, im.bin, dir)
	return got
}

// A byte flipped anywhere in the journal's files: the folder is refused, or its
// state is what it was. After kill -9 a stream's last record, if it is above
// the watermark, may be taken for a write that the kill tore: the state is then
// the one before it.
func TestFlipAnywhere(t *testing.T) {
	images(t, func(ctx context.Context, t *testing.T, im *image, rng *rand.Rand) {
		seen := map[string]int{}
		for range flips(t, 16) {
			f, err := Anywhere(im.dir, rng)
			must(t, err)
			outcome, err := im.try(ctx, t, f)
			if err != nil {
				t.Errorf("I5: %v: %v", f, err)
			}
			seen[filepath.Base(f.Path)+" "+outcome]++
		}
		t.Log(seen)
	})
}

// try says what became of a flip.
func (im *image) try(ctx context.Context, t *testing.T, f Flip) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, trial)
	defer cancel()
	dir := im.copied(t, f.Apply)
	defer os.RemoveAll(dir)
	r, _, err := RunReplay(ctx, im.bin, dir)
	again := im.copied(t, f.Apply)
	defer os.RemoveAll(again)
	restart := im.restarted(ctx, again)
	switch {
	case err != nil && !errors.Is(err, ErrRefused):
		return "broken", err
	case restart != nil && !errors.Is(restart, ErrRefused):
		return "broken", restart
	case (err == nil) != (restart == nil):
		return "broken", fmt.Errorf("hunt replay: %v; hunt dev: %v", err, restart)
	case err != nil:
		return "refused", nil
	}
	want, outcome := im.want, "same"
	if s, ok := im.stream[f.Path]; ok && !im.clean && s.Record(f.Offset) == uint64(len(s.Records)) {
		outcome = "cut"
		want = im.replayed(ctx, t, func(dir string) error {
			return os.Truncate(filepath.Join(dir, s.Path), s.Records[len(s.Records)-1])
		})
	}
	if r.StateHash != want.StateHash || r.Moves != want.Moves {
		return "broken", fmt.Errorf("another state: %+v, it was %+v", r, want)
	}
	after, _, err := RunReplay(ctx, im.bin, again)
	if err != nil {
		return "broken", fmt.Errorf("after a restart: %w", err)
	}
	if after.Moves != want.Moves {
		return "broken", fmt.Errorf("after a restart there are %d moves, there were %d", after.Moves, want.Moves)
	}
	return outcome, nil
}

// flips is how many flips a test makes; JEPSEN_FLIPS makes it more.
func flips(t *testing.T, n int) int {
	t.Helper()
	if text := os.Getenv("JEPSEN_FLIPS"); text != "" {
		var err error
		n, err = strconv.Atoi(text)
		must(t, err)
	}
	return n
}
