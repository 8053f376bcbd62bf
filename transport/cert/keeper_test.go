package cert

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/huntgraph/huntgraph/codec"
)

// file is where a test's keeper saves.
type file struct {
	text  []byte
	fails error
}

func (f *file) save(text []byte) error {
	if f.fails == nil {
		f.text = bytes.Clone(text)
	}
	return f.fails
}

func (f *file) open(t rapid.TB, now time.Time) *Keeper {
	t.Helper()
	k, err := NewKeeper("gateway", f.text, now, f.save)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func servedHash(k *Keeper) codec.Hash { return sha256.Sum256(k.Served().Certificate[0]) }

// TestRenewal: over any steps of a clock and any restarts the served certificate is
// valid, and one that a client was given the hash of in the last period; it is
// replaced before half its life.
func TestRenewal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var f file
		k := f.open(t, now)
		type given struct {
			hashes []codec.Hash
			at     time.Time
		}
		clients := []given{{k.Hashes(), now}}
		for _, step := range rapid.SliceOfN(rapid.Int64Range(0, int64(Period)), 1, 20).Draw(t, "steps") {
			now = now.Add(time.Duration(step))
			if rapid.Bool().Draw(t, "restart") {
				k = f.open(t, now)
			} else if err := k.Renew(now); err != nil {
				t.Fatal(err)
			}
			leaf := k.Served().Leaf
			if now.Before(leaf.NotBefore) || !now.Before(leaf.NotAfter) {
				t.Fatalf("at %v a certificate is served that is valid from %v to %v", now, leaf.NotBefore, leaf.NotAfter)
			}
			for _, c := range clients {
				if now.Sub(c.at) <= Period && !slices.Contains(c.hashes, servedHash(k)) {
					t.Fatalf("a client that was given its hashes %v ago takes none that is served", now.Sub(c.at))
				}
			}
			clients = append(clients, given{k.Hashes(), now})
		}
	})
}

// TestRenewedBeforeHalfItsLife: looked at every minute, as a gateway does.
func TestRenewedBeforeHalfItsLife(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var f file
	k := f.open(t, now)
	for renewed := 0; renewed < 3; now = now.Add(time.Minute) {
		leaf := k.Served().Leaf
		if err := k.Renew(now); err != nil {
			t.Fatal(err)
		}
		if !k.Served().Leaf.Equal(leaf) {
			renewed++
		}
		if age := now.Sub(k.Served().Leaf.NotBefore); age >= Lifetime/2 {
			t.Fatalf("a certificate is served for %v", age)
		}
		if hashes := k.Hashes(); len(hashes) != 2 || hashes[0] == hashes[1] || hashes[0] != servedHash(k) {
			t.Fatalf("hashes %x, served %x", hashes, servedHash(k))
		}
	}
}

// TestClocksThatAreSet: the hunt goes on whatever a clock is set to.
func TestClocksThatAreSet(t *testing.T) {
	start := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		at   time.Duration // of the step, after the start
		to   time.Duration
		kept bool // the certificate that is served, or the one that was to come
	}{
		"stopped for two periods":      {0, 2 * Period, true},
		"stopped for a life":           {0, Lifetime, false},
		"two weeks ahead":              {Period / 2, 14 * 24 * time.Hour, false},
		"a day back":                   {Period + 2*time.Hour, Period - 22*time.Hour, true},
		"back to before the hunt":      {Period, -24 * time.Hour, false},
		"less than the skew back":      {0, -Skew / 2, true},
		"to the end of the next's use": {0, Lifetime - Period - Skew - time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			var f file
			k := f.open(t, start)
			if err := k.Renew(start.Add(tc.at)); err != nil {
				t.Fatal(err)
			}
			before := k.Hashes()
			now := start.Add(tc.to)
			if err := k.Renew(now); err != nil {
				t.Fatal(err)
			}
			if leaf := k.Served().Leaf; now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
				t.Errorf("at %v a certificate is served that is valid from %v to %v", now, leaf.NotBefore, leaf.NotAfter)
			}
			if kept := slices.Contains(before, servedHash(k)); kept != tc.kept {
				t.Errorf("goes on with a certificate that clients know: %v, want %v", kept, tc.kept)
			}
		})
	}
}

// TestSaved: a restart serves the same; what cannot be saved is not handed out.
func TestSaved(t *testing.T) {
	now := time.Now()
	var f file
	k := f.open(t, now)
	if again := f.open(t, now); !slices.Equal(again.Hashes(), k.Hashes()) {
		t.Errorf("after a restart %x, before %x", again.Hashes(), k.Hashes())
	}
	before := k.Hashes()
	f.fails = errors.New("the disk is full")
	if err := k.Renew(now.Add(Period + time.Hour)); !errors.Is(err, f.fails) || !slices.Equal(k.Hashes(), before) {
		t.Errorf("%v, and the hashes changed: %v", err, !slices.Equal(k.Hashes(), before))
	}
	f.fails = nil
	if err := k.Renew(now.Add(Period + time.Hour)); err != nil || k.Hashes()[0] != before[1] {
		t.Errorf("%v: the next one is not served once there is room", err)
	}
	for i := 0; i < len(f.text); i += len(f.text) / 40 {
		for _, damaged := range [][]byte{f.text[:i], append(bytes.Clone(f.text[:i]), f.text[i+1:]...)} {
			k, err := NewKeeper("gateway", damaged, now, f.save)
			if err != nil && !errors.Is(err, ErrSaved) || err == nil && k.Served().PrivateKey == nil {
				t.Errorf("damaged at byte %d: %v", i, err)
			}
		}
	}
}
