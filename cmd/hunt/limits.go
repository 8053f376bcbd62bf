package main

import (
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/world"
	"github.com/huntgraph/huntgraph/transport/client"
)

// The bounds of the verbs' flags, where a package does not have them.
const (
	// maxBots is what one process plays: they come from one address, which a gateway
	// gives as many of its 4,096 places as it leaves free.
	maxBots = 2048
	// minBotRate is a move in 1,000 s, maxBotRate far above the rules: to see how a hunt rejects.
	minBotRate = client.MinRate
	maxBotRate = client.MaxRate
	// minRound and maxRound are the lengths of a round: 30 to 9,000 ticks.
	minRound = time.Second
	maxRound = codec.MaxRoundTicks * time.Second / codec.TicksPerSecond
	// maxRun is the longest that a verb can be told to run.
	maxRun = 365 * 24 * time.Hour

	// maxBenchRate is in moves a second, a hundred times what these machines do.
	maxBenchRate = 1e7
	// maxBenchRun keeps a measured run within a round of 5 minutes.
	maxBenchRun = 4 * time.Minute
	// maxBenchPlayers are the players of a full world.
	maxBenchPlayers = world.MaxPartitions * partition.MaxPlayers
	// maxRepeats bounds how often a benchmark repeats what it measures: the times of
	// a hundred million repeats take 800 MB.
	maxRepeats = 100_000_000
	// maxTickChanges and maxTicks: a repair's times are kept, 72 bytes a change, 720 MB.
	maxTickChanges = 100_000
	maxTicks       = 100
	// maxIsland is the edges of a generated world of one partition: a shard of 32 MiB
	// at 33.5 bytes an edge holds 1,001,624, and caves are cut evenly.
	maxIsland = 980_000
)
