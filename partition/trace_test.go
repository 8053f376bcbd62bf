package partition

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// TestTrace holds I1 across machines, compilers and versions: the same inputs
// release the same frames and end in the same hashes as when the golden file
// was written. A change of it is a change of the rules and needs their version
// raised, or it breaks every journal.
func TestTrace(t *testing.T) {
	c := newCore(t, graph(rand.New(rand.NewPCG(20, 26)), 60, 3), smallRules())
	c.BeginRound(1, testSeed(3, 1))
	c.Lead()
	w := newCrowd(c, 4)
	var text strings.Builder
	logged, printed := 0, 0
	for range 130 { // over a round's end
		for range 6 {
			w.act()
		}
		w.tick()
		for _, in := range w.log[logged:] {
			fmt.Fprintf(&text, "> %+v\n", in)
		}
		logged = len(w.log)
		printFrames(&text, w.out[printed:])
		printed = len(w.out)
		fmt.Fprintf(&text, "= round %d tick %d hash %016x\n", c.round, c.tick, c.Hash())
	}
	path := filepath.Join("testdata", "trace.golden")
	if *rewrite {
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(string(golden), "\n")
	for i, line := range strings.Split(text.String(), "\n") {
		if i >= len(want) || line != want[i] {
			t.Fatalf("line %d differs from %s:\n got %s\nheld %s", i+1, path, line, strings.Join(want[min(i, len(want)-1):min(i+1, len(want))], ""))
		}
	}
}

func printFrames(text *strings.Builder, frames []byte) {
	for len(frames) > 0 {
		typ, payload, rest, err := codec.Next(frames)
		if err != nil {
			panic(err)
		}
		frames = rest
		var v any
		switch typ {
		case codec.TypeGrant:
			v, err = codec.ParseGrant(payload)
		case codec.TypeDelta:
			v, err = codec.ParseDelta(payload)
		case codec.TypeEvent:
			v, err = codec.ParseEvent(payload)
		case codec.TypePrepared:
			v, err = codec.ParsePrepared(payload)
		case codec.TypeArrive:
			v, err = codec.ParseArrive(payload)
		case codec.TypeArrived:
			v, err = codec.ParseArrived(payload)
		default:
			panic("a frame that a partition does not release")
		}
		if err != nil {
			panic(err)
		}
		line := strings.ReplaceAll(fmt.Sprintf("%+v", v), " Seed:"+codec.Seed{}.String(), "") // of events that have none
		fmt.Fprintf(text, "< %v %s\n", typ, line)
	}
}
