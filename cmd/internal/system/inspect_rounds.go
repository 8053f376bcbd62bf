package system

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/control/rounds"
)

// neighbours holds each partition's marks of the next one in the ring against
// that one's records (I5). Marks of rounds that were deleted prove nothing.
func (in *inspector) neighbours(ctx context.Context) error {
	count := in.folder.World.Partitions()
	next, err := in.ring(ctx, 0)
	if err != nil {
		return err
	}
	for p := count - 1; p >= 0; p-- { // the ring backwards: each one's records are read once, the first's twice
		mine, err := in.ring(ctx, codec.PartitionID(p))
		if err != nil {
			return err
		}
		in.marked(codec.PartitionID(p), codec.PartitionID((p+1)%count), mine, next)
		if err := in.named(ctx, codec.PartitionID(p), mine.snapshots); err != nil {
			return err
		}
		next = mine
	}
	return nil
}

// chainOf is what a partition's records say: which there are, what each knows of
// the neighbour, and the snapshots that bases name.
type chainOf struct {
	first     codec.Round
	hashes    map[codec.Index]codec.Watermark
	marks     []noted
	snapshots []codec.Index
}

// noted is a mark and the record that carries it.
type noted struct {
	by codec.Index
	of codec.Watermark
}

// ring reads a partition's records. What cannot be read is the replay's to name.
func (in *inspector) ring(ctx context.Context, p codec.PartitionID) (c chainOf, err error) {
	log := in.store.Journal.Partition(p)
	numbers, err := log.Rounds(ctx)
	c.hashes = map[codec.Index]codec.Watermark{}
	for _, round := range numbers {
		if err == nil {
			err = log.Read(ctx, round, 1, func(seq uint64, record []byte) error {
				c.take(p, codec.Index{Round: round, Seq: seq}, record)
				return nil
			})
		}
	}
	if len(numbers) > 0 {
		c.first = numbers[0]
	}
	if err != nil && ctx.Err() == nil {
		in.found(in.blame(err), err)
		err = nil
	}
	return c, err
}

func (c *chainOf) take(p codec.PartitionID, at codec.Index, record []byte) {
	h, body, err := codec.ParseRecord(record)
	if err != nil {
		return
	}
	c.hashes[at] = codec.Watermark{Partition: p, Index: at, State: h.State, Chain: sha256.Sum256(record)}
	if base, err := codec.ParseBase(body); err == nil && h.Kind == codec.RecordBase && base.Snapshot.At != (codec.Index{}) {
		c.snapshots = append(c.snapshots, base.Snapshot.At)
	}
	if h.Neighbour.Index != (codec.Index{}) {
		if last := len(c.marks) - 1; last < 0 || c.marks[last].of != h.Neighbour {
			c.marks = append(c.marks, noted{at, h.Neighbour})
		}
	}
}

// marked names the first mark of p that its neighbour's journal does not bear out.
func (in *inspector) marked(p, neighbour codec.PartitionID, mine, its chainOf) {
	for _, m := range mine.marks {
		if m.of.Index.Round < its.first {
			continue
		}
		in.Marks++
		there, ok := its.hashes[m.of.Index]
		var what string
		switch {
		case m.of.Partition != neighbour:
			what = fmt.Sprintf("is of partition %d, which is not the next in the ring", m.of.Partition)
		case !ok:
			what = "names a record that is not there"
		case there != m.of:
			what = "names a record that is another one there"
		default:
			continue
		}
		f := Finding{File: in.logFolder(neighbour, m.of.Index.Round), What: fmt.Sprintf(
			"the mark of partition %d, index %v, in record %v of partition %d %s", m.of.Partition, m.of.Index, m.by, p, what)}
		f.at(neighbour, m.of.Index)
		in.Findings = append(in.Findings, f)
		return
	}
}

// named looks for snapshots that a base names and that are not there. Those below
// the floor were deleted.
func (in *inspector) named(ctx context.Context, p codec.PartitionID, bases []codec.Index) error {
	there, err := in.store.Journal.Partition(p).Snapshots(ctx)
	if err != nil {
		return err
	}
	floors, err := control.GetFloors(ctx, in.store.Etcd.Client(), in.folder.Plan.Hunt)
	if err != nil {
		return err
	}
	for _, at := range slices.Compact(bases) {
		if at.Compare(floors[p].Index) < 0 || slices.Contains(there, at) {
			continue
		}
		f := Finding{File: in.objects(), What: fmt.Sprintf("the snapshot of partition %d, index %v, is missing; a round's base names it", p, at)}
		f.at(p, at)
		in.Findings = append(in.Findings, f)
	}
	return nil
}

// rounds reads the events of every round and the archives of those that are over.
func (in *inspector) rounds(ctx context.Context) error {
	events := in.store.Journal.Events()
	numbers, err := events.Rounds(ctx)
	if err != nil {
		return err
	}
	archives, err := events.Archives(ctx)
	if err != nil {
		return err
	}
	if err := in.unnamed(ctx, append(numbers, archives...)); err != nil {
		return err
	}
	told, over := map[codec.Round]rounds.Told{}, overs{}
	for _, number := range numbers {
		t, err := rounds.ReadRound(ctx, events, in.folder.World.Partitions(), number)
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			in.found(in.within(events.Folder(in.dir, number)), fmt.Errorf("events of round %d: %w", number, err))
			continue
		}
		told[number] = t
		in.Events += t.Events
		if t.Ended {
			over[number] = t.Holders
		}
		if !slices.Contains(archives, number) {
			in.Grants += len(t.Holders)
		}
	}
	for _, number := range archives {
		data, err := events.Archive(ctx, number)
		if err == nil {
			in.Archives++
			err = in.archive(number, data, told, over)
		}
		if err != nil && ctx.Err() != nil {
			return err
		}
		if err != nil {
			in.found(in.objects(), err)
		}
	}
	if in.Replay.HashMismatches+in.Replay.ChainErrors == 0 { // all records were replayed
		in.granted(over)
	}
	return nil
}

// overs are the holders of the treasures of rounds that are over.
type overs map[codec.Round]map[codec.TreasureID]codec.PlayerID

// granted holds what records grant against what the public history of the rounds
// that are over says (I2).
func (in *inspector) granted(over overs) {
	for _, number := range slices.Sorted(maps.Keys(over)) {
		var differ []codec.TreasureID
		for treasure := range codec.TreasureID(codec.MaxTreasures) {
			h, recorded := in.Replay.holders[claim{number, treasure}]
			player, told := over[number][treasure]
			switch {
			case recorded && (!told || player != h.player), told && !recorded && number >= in.Replay.whole:
				differ = append(differ, treasure)
			}
		}
		if len(differ) > 0 {
			in.found(in.within(in.store.Journal.Events().Folder(in.dir, number)),
				fmt.Errorf("round %d: %d treasures are not with whom the partitions' records gave them to, the first is %d", number, len(differ), differ[0]))
		}
	}
}

// unnamed finds rounds that are over and have neither events nor an archive.
func (in *inspector) unnamed(ctx context.Context, known []codec.Round) error {
	log := in.store.Journal.Partition(0)
	numbers, err := log.Rounds(ctx)
	if err != nil {
		return err
	}
	for i, number := range numbers {
		if i == len(numbers)-1 || slices.Contains(known, number) {
			continue
		}
		last, _, err := log.Last(ctx, numbers[i+1])
		if err != nil {
			return err
		}
		if last > 0 { // the next one has begun
			in.found(in.within(in.store.Journal.Events().Folder(in.dir, number)),
				fmt.Errorf("round %d is over, and has neither events nor an archive", number))
		}
	}
	return nil
}

// archive reads an archive and holds it against the round's events, if they are
// still there.
func (in *inspector) archive(number codec.Round, data []byte, told map[codec.Round]rounds.Told, over overs) error {
	_, holders, err := rounds.ParseArchive(number, data)
	if err != nil {
		return err
	}
	over[number] = holders
	in.Grants += len(holders)
	t, there := told[number]
	switch {
	case there && !t.Ended:
		return fmt.Errorf("archive of round %d: the round is over, but its events do not end", number)
	case there && !bytes.Equal(t.Archive, data):
		return fmt.Errorf("archive of round %d: it is not what the round's events say", number)
	}
	return nil
}
