package system

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/partition/world"
	"github.com/huntgraph/huntgraph/transport/journal"
)

// Inspection is what a look at all of a stopped hunt's data folder found.
type Inspection struct {
	Hunt     string       `json:"hunt"`
	Streams  int          `json:"streams"`  // on disk: partitions' logs, events, objects
	Stored   int          `json:"stored"`   // messages in them
	Torn     []string     `json:"torn"`     // files whose last write was cut short; nobody was told that it is durable
	Marks    int          `json:"marks"`    // neighbours' marks in records, each held against the record that it names
	Events   int          `json:"events"`   // of rounds
	Grants   int          `json:"grants"`   // in events and archives, each treasure once a round
	Archives int          `json:"archives"` // of rounds that are over
	Replay   Verification `json:"replay"`
	Skipped  []string     `json:"skipped"` // what could not be looked at because of what was found
	Findings []Finding    `json:"findings"`
}

// Finding is one thing that is wrong with a data folder.
type Finding struct {
	File      string `json:"file"` // or folder, within the data folder
	Partition *int   `json:"partition,omitempty"`
	Index     string `json:"index,omitempty"` // round/sequence
	What      string `json:"what"`
}

// String is one line for people.
func (f Finding) String() string { return f.File + ": " + f.What }

// Sound reports whether nothing is wrong.
func (in *Inspection) Sound() bool { return len(in.Findings) == 0 }

// inspector looks at one folder.
type inspector struct {
	Inspection
	dir    string
	folder *Folder
	store  *Store
}

// Inspect looks at everything in a data folder that no process uses: the world,
// every stored message, etcd, the replay of every partition with its links,
// epochs, states, watermarks and snapshots, the marks that neighbours keep of
// each other, round events and archives. It goes on after a finding as far as
// it can. Nothing is changed unless all of the journal's files are sound: then
// the servers start on the folder as they do when the hunt goes on.
func Inspect(ctx context.Context, dir string) (_ Inspection, err error) {
	in := &inspector{dir: dir, Inspection: Inspection{Torn: []string{}, Skipped: []string{}, Findings: []Finding{}}}
	if !holdsHunt(dir) {
		return in.Inspection, fmt.Errorf("%s: %w; give the --data-dir of a `hunt dev`", dir, ErrNoHunt)
	}
	defer func() { err = errors.Join(err, in.close()) }()
	in.folder = &Folder{Dir: dir}
	if err := in.folder.hold(); err != nil {
		return in.Inspection, err
	}
	in.store = &Store{Folder: in.folder}
	known := in.readFolder()
	whole := in.readStreams()
	etcd := in.openEtcd(ctx, known)
	switch {
	case !known || !whole || !etcd:
		in.Skipped = append(in.Skipped, "replay, neighbours' marks, round events and archives: they need a sound world, journal and etcd")
		return in.Inspection, ctx.Err()
	}
	if err := in.store.openJournal(); err != nil {
		in.found(journalDir, err)
		return in.Inspection, ctx.Err()
	}
	for _, look := range []func(context.Context) error{in.declared, in.whole, in.replay, in.neighbours, in.rounds} {
		if err := look(ctx); err != nil {
			return in.Inspection, err
		}
	}
	return in.Inspection, nil
}

func (in *inspector) close() error {
	var errs []error
	if in.store != nil {
		errs = append(errs, in.store.Close())
	}
	return errors.Join(append(errs, in.folder.Close())...)
}

// found notes what is wrong with a file of the folder; of an error that names a
// place in a partition's journal, that too.
func (in *inspector) found(file string, err error) {
	f := Finding{File: file, What: err.Error()}
	var damage *journal.DamageError
	var replay *actor.ReplayError
	switch {
	case errors.As(err, &damage):
		f.at(damage.Partition, damage.Index)
	case errors.As(err, &replay):
		f.at(replay.Partition, replay.Index)
	}
	in.Findings = append(in.Findings, f)
}

func (f *Finding) at(p codec.PartitionID, at codec.Index) {
	number := int(p)
	f.Partition, f.Index = &number, at.String()
}

// readFolder reads the authority, the credentials, the plan and the world; false if
// one of the last two is not as it was.
func (in *inspector) readFolder() bool {
	if err := checkAuthority(in.dir); err != nil {
		in.found(clusterFile, err)
	}
	checkCredentials(in.dir, time.Now(), in.found)
	f := in.folder
	var err error
	if f.Plan, err = f.plan(); err != nil {
		in.found(planFile, err)
		return false
	}
	in.Hunt = f.Plan.Hunt
	if f.World, err = world.Open(filepath.Join(in.dir, worldFile)); err == nil {
		err = f.sameWorld()
	}
	if err != nil {
		in.found(worldFile, err)
		return false
	}
	if err := f.openSecret(); err != nil {
		in.found(secretFile, err)
		return false
	}
	return true
}

// readStreams reads every message on disk; false if one is not as it was stored.
func (in *inspector) readStreams() bool {
	all, err := journal.Inspect(in.dir)
	if err != nil {
		in.found(journalDir, err)
		return false
	}
	sound := true
	for _, s := range all {
		in.Streams++
		in.Stored += s.Records
		file := in.within(s.File)
		if s.Torn {
			in.Torn = append(in.Torn, file)
		}
		if s.Err != nil {
			in.found(file, s.Err)
			sound = false
		}
	}
	return sound
}

// within is a path as seen from the data folder.
func (in *inspector) within(path string) string {
	if rel, err := filepath.Rel(in.dir, path); err == nil {
		return rel
	}
	return path
}

// openEtcd starts etcd, which checks its files; false if it cannot serve.
func (in *inspector) openEtcd(ctx context.Context, known bool) bool {
	_, err := os.Stat(filepath.Join(in.dir, etcdDir))
	if err == nil && known {
		in.store.Etcd, err = control.StartEtcd(ctx, control.Config{Dir: filepath.Join(in.dir, etcdDir)})
	}
	if err != nil {
		in.found(etcdDir, err)
	}
	return err == nil
}

// declared holds the folder against what etcd knows of the hunt, and reads all
// that etcd holds of it.
func (in *inspector) declared(ctx context.Context) error {
	cli, hunt := in.store.Etcd.Client(), in.Hunt
	_, marks := control.GetWatermarks(ctx, cli, hunt)
	_, floors := control.GetFloors(ctx, cli, hunt)
	_, rollbacks := control.Rollbacks(ctx, cli, hunt)
	for _, err := range []error{in.store.declared(ctx), marks, floors, rollbacks} {
		if err != nil {
			in.found(etcdDir, err)
		}
	}
	return ctx.Err()
}

// whole looks for what is missing between the floors and the newest records.
func (in *inspector) whole(ctx context.Context) error {
	for p := range codec.PartitionID(in.folder.World.Partitions()) {
		if err := in.store.whole(ctx, p); err != nil {
			if ctx.Err() != nil {
				return err
			}
			in.found(in.blame(err), err)
		}
	}
	return nil
}

// replay rebuilds every partition.
func (in *inspector) replay(ctx context.Context) (err error) {
	if in.Replay, err = Verify(ctx, in.store); err != nil && ctx.Err() != nil {
		return err
	}
	if err != nil { // the watermarks cannot be read
		in.found(etcdDir, err)
	}
	for _, err := range in.Replay.errs {
		in.found(in.blame(err), err)
	}
	return nil
}

// blame is the folder of the stream that an error of a replay is about.
func (in *inspector) blame(err error) string {
	var replay *actor.ReplayError
	var damage *journal.DamageError
	var round *roundError
	switch {
	case errors.As(err, &round):
		return in.within(in.store.Journal.Events().Folder(in.dir, round.round))
	case errors.Is(err, actor.ErrSnapshot):
		return in.objects()
	case errors.As(err, &damage):
		return in.logFolder(damage.Partition, damage.Index.Round)
	case errors.As(err, &replay):
		return in.logFolder(replay.Partition, replay.Index.Round)
	}
	return journalDir
}

// logFolder is where a partition's records of a round lie.
func (in *inspector) logFolder(p codec.PartitionID, round codec.Round) string {
	return in.within(in.store.Journal.Partition(p).Folder(in.dir, round))
}

// objects is where snapshots and archives lie.
func (in *inspector) objects() string {
	return in.within(in.store.Journal.ObjectsFolder(in.dir))
}

// Report is all findings in one line.
func (in *Inspection) Report() string {
	lines := make([]string, 0, len(in.Findings))
	for _, f := range in.Findings {
		lines = append(lines, f.String())
	}
	return strings.Join(lines, "; ")
}
