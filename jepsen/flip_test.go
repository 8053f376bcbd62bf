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

	"github.com/huntgraph/huntgraph/codec"
)

// image is a data folder as a stop left it, and what a replay of it says.
type image struct {
	bin     string
	dir     string
	clean   bool
	want    Replay
	streams []Stream
	newest  codec.Round
}

// halfRound is how much of the newest round an image holds at least: more than
// two watermarks, which are written once a second.
const halfRound = 90

// newImage plays into the second round and stops: cleanly, or by kill -9.
func newImage(t *testing.T, bin string, clean bool) *image {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), trial)
	defer cancel()
	im := &image{bin: bin, dir: t.TempDir(), clean: clean}
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
	copied := im.copied(t, nil) // a replay repairs what a kill left
	defer os.RemoveAll(copied)
	im.want = verified(ctx, t, bin, copied)
	var err error
	im.streams, err = Streams(im.dir)
	must(t, err)
	for _, s := range im.streams {
		im.newest = max(im.newest, s.Round)
	}
	t.Logf("the image: %d streams to round %d, %+v", len(im.streams), im.newest, im.want)
	return im
}

func (im *image) args(dir string, more ...string) []string { return dev(dir, 2*halfRound, more...) }

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
const trial = 2 * time.Minute

// One flipped byte, after a clean stop and after kill -9.
func TestFlip(t *testing.T) {
	bin := hunt(t)
	for _, c := range []struct {
		name  string
		clean bool
	}{{"clean stop", true}, {"kill -9", false}} {
		t.Run(c.name, func(t *testing.T) {
			rng := seeded(t)
			im := newImage(t, bin, c.clean)
			t.Run("in a record", func(t *testing.T) { im.flipRecords(t, rng) })
			t.Run("anywhere", func(t *testing.T) { im.flipAnywhere(t, rng) })
		})
	}
}

// flipRecords flips bytes in records at or below the watermark: neither a restart
// nor a replay takes the folder, and both say which partition and which record.
func (im *image) flipRecords(t *testing.T, rng *rand.Rand) {
	n := flips(t, 16)
	for range n {
		s := im.streams[rng.IntN(len(im.streams))]
		last := len(s.Records)
		if s.Round == im.newest {
			last /= 3 // they are two thirds of halfRound old
		}
		f := s.Draw(rng, last)
		where := []string{fmt.Sprintf("partition %d", s.Partition), fmt.Sprintf("index %d/%d", s.Round, s.Record(f.Offset))}
		for verb, err := range im.both(t, f) {
			if !errors.Is(err, ErrRefused) {
				t.Errorf("I5: %v: %s: %v", f, verb, err)
			} else if !strings.Contains(err.Error(), where[0]) || !strings.Contains(err.Error(), where[1]) {
				t.Errorf("I5: %v: %s does not name %v: %v", f, verb, where, err)
			}
		}
	}
	t.Logf("%d flips, each refused twice", n)
}

// both restarts and replays the same damaged folder.
func (im *image) both(t *testing.T, f Flip) map[string]error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), trial)
	defer cancel()
	dir := im.copied(t, f.Apply)
	defer os.RemoveAll(dir)
	got := map[string]error{"hunt dev": im.restarted(ctx, dir)}
	_, _, got["hunt replay"] = RunReplay(ctx, im.bin, dir)
	return got
}

// flipAnywhere flips bytes of any of the journal's files: the folder is refused,
// or its state is what it was. After kill -9 a stream's last record, if it is above
// the watermark, may be taken for a write that the kill tore: the state is then
// the one before it.
func (im *image) flipAnywhere(t *testing.T, rng *rand.Rand) {
	seen := map[string]int{}
	for range flips(t, 24) {
		draw := Anywhere
		if rng.IntN(3) == 0 {
			draw = Tail
		}
		f, err := draw(im.dir, rng)
		must(t, err)
		outcome, err := im.try(t, f)
		if err != nil {
			t.Errorf("I5: %v: %v", f, err)
		}
		seen[filepath.Base(f.Path)+" "+outcome]++
	}
	t.Log(seen)
}

// try says what became of a flip: of a replay, and of a restart. They need not
// agree: a snapshot is read by a restart alone, a past round by a replay alone.
func (im *image) try(t *testing.T, f Flip) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), trial)
	defer cancel()
	want, outcome := im.want, "same"
	if s := im.torn(f); s != nil {
		outcome = "cut"
		cut := im.copied(t, func(dir string) error {
			return os.Truncate(filepath.Join(dir, s.Path), s.Records[len(s.Records)-1])
		})
		defer os.RemoveAll(cut)
		var err error
		if want, _, err = RunReplay(ctx, im.bin, cut); errors.Is(err, ErrRefused) {
			want = Replay{} // the watermark had reached it: nothing but a refusal will do
		} else if err != nil {
			return "broken", err
		}
	}
	dir := im.copied(t, f.Apply)
	defer os.RemoveAll(dir)
	r, _, err := RunReplay(ctx, im.bin, dir)
	switch {
	case errors.Is(err, ErrRefused):
		outcome = "refused"
	case err != nil:
		return "broken", err
	case r.StateHash != want.StateHash || r.Moves != want.Moves:
		return "broken", fmt.Errorf("another state: %+v, it was %+v", r, want)
	}
	again := im.copied(t, f.Apply)
	defer os.RemoveAll(again)
	err = im.restarted(ctx, again)
	if errors.Is(err, ErrRefused) {
		return outcome + ", not started", nil
	}
	if err != nil {
		return "broken", err
	}
	r, _, err = RunReplay(ctx, im.bin, again)
	if errors.Is(err, ErrRefused) && outcome == "refused" {
		err = nil // a snapshot that the start passed over, and that a replay names again
	}
	if err == nil && r.Moves != want.Moves {
		err = fmt.Errorf("after a restart there are %d moves, there were %d", r.Moves, want.Moves)
	}
	return outcome + ", started", err
}

// torn is the stream whose last record, which the flip is in, may be taken for a
// write that the kill tore.
func (im *image) torn(f Flip) *Stream {
	for i := range im.streams {
		s := &im.streams[i]
		if !im.clean && s.Round == im.newest && s.Path == f.Path && s.Record(f.Offset) == uint64(len(s.Records)) {
			return s
		}
	}
	return nil
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
