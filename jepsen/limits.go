package jepsen

import "time"

const (
	// movePeriod is an observer's time between two moves: 5 a second, half of what
	// the rules allow.
	movePeriod = 200 * time.Millisecond
	// retryPause is between two tries to get a session.
	retryPause = 50 * time.Millisecond
	// answerWait bounds a request for a session, a dial or a join.
	answerWait = 5 * time.Second
	// keptStderr is how much of what a process says is kept: a panic of some
	// hundred goroutines, whose first lines matter, is 100 KiB.
	keptStderr = 256 << 10
	// copyBlock is the unit of Clone; a block of zeros takes no room.
	copyBlock = 64 << 10
)
