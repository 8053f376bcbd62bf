package control

import "time"

const (
	// LeaseTTL is how long a controller, and a node that says nothing else, counts
	// as alive without a sign of life. The client renews every third of it, so one lost renewal
	// and a stall of 3 s are survived.
	LeaseTTL = 5 * time.Second
	// MaxNode bounds a node's name, in bytes.
	MaxNode = 63
	// MaxPartitions bounds the partitions of a hunt. A node's watermark key then
	// holds at most 4,096 x 54 B = 216 KiB, below etcd's request limit of 1.5 MiB.
	MaxPartitions = 4096
	// maxCapacity bounds the partitions that a node says it takes. Products of two
	// such numbers, which the planner compares, stay far below 2^63.
	maxCapacity = 1 << 20
	// MaxForks bounds a hunt's named forks, and MaxForkName their names, in bytes. A
	// list of them holds at most 4 x 4,096 states of 19 B = 304 KiB.
	MaxForks    = 4
	MaxForkName = 63

	// writeChunk is how many assignments one transaction writes: a guard each for
	// the assignment and for its node, and one for leadership, 1 + 2 x 60 = 121
	// of the 128 that etcd takes.
	writeChunk = 60
	// claimTries bounds how often a registration races with another of the same name.
	claimTries = 3
	// retryPause is the pause before etcd is asked again after an error.
	retryPause = 200 * time.Millisecond

	// The embedded member: ready in 0.1 s. Only for a single member, where no
	// network delays a heartbeat.
	tickMs     = 10
	electionMs = 100
	// keepRevisions is how many revisions survive compaction: at one watermark a
	// second and node, minutes of history, in which a slow watcher may resume.
	keepRevisions = "10000"
	// quotaBytes bounds the embedded store. Live data is below 1 MiB; the rest is
	// 10,000 revisions of watermark keys of a few KiB.
	quotaBytes = 512 << 20
	// startWait bounds the start of the embedded member.
	startWait = 20 * time.Second
	// lockWait is how long another process's lock on the store is waited for.
	lockWait = 200 * time.Millisecond
	// closeWait bounds the stop of an embedded member that has failed.
	closeWait = 3 * time.Second
)
