package system

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/partition/world"
)

// Layout of a data folder.
const (
	lockFile   = "LOCK"
	planFile   = "hunt.json"
	worldFile  = "world.world"
	secretFile = "secret"
	etcdDir    = "etcd"

	journalDir = "jetstream"
)

// Plan is what a data folder's hunt is made from; it stays the same for the
// folder's life.
type Plan struct {
	Hunt       string `json:"hunt"`            // tenant/room
	Map        string `json:"map,omitempty"`   // base name of a Moving AI map; empty: generated
	Edges      int    `json:"edges,omitempty"` // of a generated world, about
	Seed       uint64 `json:"seed"`            // of a generated world
	Partitions int    `json:"partitions"`      // 0, before the world is made: as many as it needs
	RoundTicks uint32 `json:"round_ticks"`
	Goals      string `json:"goals,omitempty"`  // named goals, as ParseGoals reads them
	World      string `json:"world,omitempty"`  // content hash of the folder's world, written with it
	Secret     string `json:"secret,omitempty"` // SHA-256 of the secret that the rounds' seeds follow from, likewise
	Sum        string `json:"sum,omitempty"`    // SHA-256 of all the others, written with them

	MapPath string `json:"-"` // where the map is read from the first time
}

// Folder is an open data folder: held by a lock, with its world mapped.
type Folder struct {
	Dir    string
	Plan   Plan
	World  *world.World
	Secret actor.Secret // the seeds of the rounds follow from it
	lock   *os.File
	temp   bool
	fresh  *newcomer // what there was before, where this process made the hunt
	undo   bool      // Close removes what this process made
	pinned []pinned  // see held
}

// ErrNoHunt says that a folder holds no hunt.
var ErrNoHunt = errors.New("no hunt in this folder")

// OpenFolder opens the hunt in dir, or makes it from the plan if there is none.
// An empty dir makes a temporary folder, removed by Close. A folder whose hunt
// was made from another plan is refused.
func OpenFolder(dir string, plan Plan) (*Folder, error) {
	f := &Folder{Dir: dir}
	if dir == "" {
		temp, err := os.MkdirTemp("", "hunt-")
		if err != nil {
			return nil, fmt.Errorf("make a temporary data folder: %w", err)
		}
		f.Dir, f.temp = temp, true
	}
	fresh, err := firstLook(f.Dir)
	if err != nil {
		return nil, err
	}
	if err = f.hold(); err == nil {
		if !holdsHunt(f.Dir) {
			f.fresh = fresh
		}
		err = f.settle(plan)
	}
	if err != nil {
		f.undo = true
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// FindFolder opens a folder that must hold a hunt.
func FindFolder(dir string) (*Folder, error) {
	f := &Folder{Dir: dir}
	if _, err := os.Stat(filepath.Join(dir, planFile)); err != nil {
		return nil, fmt.Errorf("%s: %w; give the --data-dir of a `hunt dev`", dir, ErrNoHunt)
	}
	err := f.hold()
	if err == nil {
		if f.Plan, err = f.plan(); err == nil {
			f.World, err = world.Open(filepath.Join(dir, worldFile))
		}
		if err == nil {
			err = errors.Join(f.sameWorld(), f.openSecret())
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// hold makes the folder its owner's alone and takes its lock: one process at a time.
func (f *Folder) hold() error {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	if err := makePrivate(f.Dir); err != nil {
		return fmt.Errorf("close the data folder to other users: %w", err)
	}
	path := filepath.Join(f.Dir, lockFile)
	lock, err := openPrivate(path, os.O_CREATE|os.O_RDWR)
	if err != nil {
		return fmt.Errorf("open the data folder's lock: %w", err)
	}
	if err := f.lockWith(lock); err != nil {
		return err
	}
	return f.pin(lockFile)
}

// lockWith takes the lock of an open lock file, which it closes if it cannot.
func (f *Folder) lockWith(lock *os.File) error {
	if err := tryLock(lock); err != nil {
		_ = lock.Close() // it holds nothing
		return fmt.Errorf("data folder %s is in use by another process (its lock is %s): stop it, or choose another --data-dir", f.Dir, lock.Name())
	}
	f.lock = lock
	return nil
}

// lockWait is how long a folder's lock is tried for: a process that was killed
// holds it until the kernel has taken the process down.
const lockWait = time.Second

func tryLock(lock *os.File) error {
	for began := time.Now(); ; time.Sleep(lockWait / 100) {
		err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil || time.Since(began) > lockWait {
			return err
		}
	}
}

// settle makes the hunt in an empty folder, or checks that it is the planned one.
func (f *Folder) settle(plan Plan) error {
	path := filepath.Join(f.Dir, worldFile)
	was, err := f.plan()
	switch {
	case errors.Is(err, os.ErrNotExist) && holdsHunt(f.Dir):
		return fmt.Errorf("%w; restore it, or choose another --data-dir: the folder holds a hunt that it belongs to", err)
	case errors.Is(err, os.ErrNotExist):
		if err := plan.makeWorld(path); err != nil {
			return err
		}
		if plan.Secret, err = makeSecret(filepath.Join(f.Dir, secretFile)); err != nil {
			return err
		}
		if err := f.writePlan(plan); err != nil {
			return err
		}
		if was, err = f.plan(); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	if plan.Partitions == 0 {
		plan.Partitions = was.Partitions
	}
	plan.MapPath, plan.World, plan.Secret, plan.Sum = "", was.World, was.Secret, was.Sum
	was.MapPath = ""
	if was != plan {
		return fmt.Errorf("data folder %s holds another hunt: %s, not %s; use the same flags as before, or another --data-dir",
			f.Dir, was.describe(), plan.describe())
	}
	f.Plan = was
	if f.World, err = world.Open(path); err != nil {
		return err
	}
	return errors.Join(f.sameWorld(), f.openSecret())
}

// sameWorld refuses a world that is sound but not the one of this folder.
func (f *Folder) sameWorld() error {
	if is := hashText(f.World.Hash()); f.Plan.World != "" && is != f.Plan.World {
		return fmt.Errorf("%s is another world: its content is %s, that of the folder's hunt %s; restore the file",
			filepath.Join(f.Dir, worldFile), is, f.Plan.World)
	}
	return nil
}

func hashText(h codec.Hash) string { return hex.EncodeToString(h[:]) }

// holdsHunt reports whether anything of a hunt is in the folder.
func holdsHunt(dir string) bool {
	for _, name := range []string{planFile, etcdDir, journalDir} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

func (p Plan) describe() string {
	b, err := json.Marshal(p)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func (f *Folder) plan() (p Plan, err error) {
	path := filepath.Join(f.Dir, planFile)
	b, err := readPrivate(path)
	if err != nil {
		return p, fmt.Errorf("read the folder's hunt: %w", err)
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return p, fmt.Errorf("read the folder's hunt from %s: %w", path, err)
	}
	if p.Sum != "" && p.Sum != p.sum() {
		return p, fmt.Errorf("read the folder's hunt from %s: it is not what was written there; restore the file", path)
	}
	return p, nil
}

// sum is over everything in the plan but the sum itself.
func (p Plan) sum() string {
	p.Sum = ""
	sum := sha256.Sum256([]byte(p.describe()))
	return hex.EncodeToString(sum[:])
}

// writePlan comes last: a folder with a plan is whole.
func (f *Folder) writePlan(p Plan) error {
	p.Sum = p.sum()
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the folder's hunt: %w", err)
	}
	if err := writeSynced(filepath.Join(f.Dir, planFile), append(b, '\n')); err != nil {
		return fmt.Errorf("write the folder's hunt: %w", err)
	}
	return nil
}

// makeWorld builds the plan's world and writes it, and completes the plan by its
// partitions and its content hash.
func (p *Plan) makeWorld(path string) error {
	g, err := p.graph()
	if err != nil {
		return err
	}
	rules := partition.DefaultRules()
	named, err := ParseGoals(p.Goals)
	if err != nil {
		return err
	}
	copy(rules.Goals[:], named)
	w, err := CutWorld(g, p.Partitions, rules, nil)
	if err != nil {
		return err
	}
	p.Partitions, p.World = w.Partitions(), hashText(w.Hash())
	return w.Write(path)
}

// graph is what the plan's world is made of.
func (p *Plan) graph() (*world.Graph, error) {
	if p.Map == "" {
		if p.Partitions == 0 {
			p.Partitions = world.PartitionsToGenerate(p.Edges)
		}
		return world.Generate(world.Plan{Edges: p.Edges, Seed: p.Seed, Partitions: p.Partitions})
	}
	grid, err := world.ReadMap(p.MapPath)
	if errors.Is(err, os.ErrNotExist) {
		return nil, world.Refuse("--map: %w", err)
	}
	if err != nil {
		return nil, err
	}
	return grid.Graph(), nil
}

// Close unmaps the world and lets go of the lock; a temporary folder goes with it.
func (f *Folder) Close() error {
	var errs []error
	if f.World != nil {
		errs = append(errs, f.World.Close())
	}
	switch {
	case f.held() != nil: // another folder in its place stays
	case f.temp:
		errs = append(errs, os.RemoveAll(f.Dir))
	case f.undo && f.fresh != nil:
		errs = append(errs, f.fresh.undo(f.Dir))
	}
	if f.lock != nil {
		errs = append(errs, f.lock.Close())
	}
	return errors.Join(errs...)
}
