package actor

import (
	"errors"
	"log/slog"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// Build makes a fresh core of the partition for these rules.
type Build func(codec.Rules) (*partition.Core, error)

// Config is what an actor is given.
type Config struct {
	Partition  codec.PartitionID
	Partitions int        // of the hunt: partition p's ticks are offset by p/Partitions of a tick
	Hunt       codec.Hash // SHA-256 of the hunt's name
	World      codec.Hash // the world's content hash
	Secret     Secret     // the hunt's: the seeds of its rounds follow from it
	Rules      codec.Rules
	Epoch      codec.Epoch

	Build     Build
	Second    func() (Build, func() error) // as ReplayConfig.Second; nil: the partition is never rolled back
	Journal   Journal
	Records   uint64                                       // how many the journal takes a round; 0: any number
	Deltas    func(codec.DeltaSeq, *partition.Core) Deltas // makes the log from the recovered state
	Outlet    Outlet
	Neighbour func() codec.Watermark // the next partition's last durable index, as far as known here
	// Post brings letters to another partition's actor, to its Deliver: frames are
	// valid during the call. It never waits and may lose them: they are sent again.
	Post func(to codec.PartitionID, frames []byte)

	From     codec.Round       // replay and release again from this round on; 0: from the newest snapshot on
	Marks    []codec.Watermark // records that the journal must have: what etcd and the ring know (I5)
	Nanotime func() int64      // the clock of codec.Batch.ReadAt
	Metrics  *Metrics
	Log      *slog.Logger

	Cuts      *Cuts            // the hunt's; nil: no partition of the hunt has a border
	Turns     Turns            // shared by all actors of the process; nil: the actor asks nobody
	Scribe    *Scribe          // stores snapshots; shared likewise; nil: there are none
	Memory    Memory           // of forks; nil: the partition takes none
	Rollbacks []codec.Rollback // what the partition was ordered, rising; nil: that is not known
	Pin       *int             // the processor that the actor's thread is bound to, counted from 0; nil: any
}

func (c *Config) check() error {
	switch {
	case c.Partitions <= int(c.Partition):
		return errors.New("actor: the partition is not below the number of partitions")
	case c.Secret == Secret{}:
		return errors.New("actor: without a secret the treasures of all rounds are known: draw one")
	case c.Epoch == 0:
		return errors.New("actor: epoch 0 fences nothing: pass the revision of the assignment")
	case c.Build == nil || c.Journal == nil || c.Deltas == nil || c.Outlet == nil ||
		c.Neighbour == nil || c.Post == nil || c.Nanotime == nil || c.Metrics == nil || c.Log == nil:
		return errors.New("actor: a field of the configuration is missing")
	}
	return nil
}
