package main

import (
	"fmt"
	"slices"
	"time"
)

const (
	// The residence of a move is told in microseconds: a coarser clock cannot.
	coarseClock = 10 * time.Microsecond
	// A tick is 33 ms; a timer this late delays each of them visibly.
	lateTimer = 5 * time.Millisecond
)

// monotonicClock measures the smallest step of the clock.
func monotonicClock() check {
	smallest := time.Duration(1<<63 - 1)
	for range 1000 {
		before := time.Now()
		step := time.Since(before)
		for step == 0 {
			step = time.Since(before)
		}
		if step < 0 {
			return check{Name: "clock", Status: verdictFail, Found: fmt.Sprintf("the monotonic clock went back by %v", -step),
				Todo: "change the machine's clock source: cat /sys/devices/system/clocksource/clocksource0/current_clocksource"}
		}
		smallest = min(smallest, step)
	}
	return judgeClock(smallest)
}

func judgeClock(step time.Duration) check {
	c := check{Name: "clock", Status: verdictOK, Found: fmt.Sprintf("steps of %v", step)}
	if step > coarseClock {
		c.Status, c.Todo = verdictWarn, "change the machine's clock source: durations in microseconds are not to be trusted"
	}
	return c
}

// timers measures how late a timer of a millisecond fires.
func timers() check {
	const asked = time.Millisecond
	late := make([]time.Duration, 21)
	for i := range late {
		start := time.Now()
		<-time.After(asked)
		late[i] = time.Since(start) - asked
	}
	slices.Sort(late)
	return judgeTimers(late[len(late)/2], late[len(late)-1])
}

func judgeTimers(median, worst time.Duration) check {
	c := check{Name: "timers", Status: verdictOK,
		Found: fmt.Sprintf("late by %s at the median, %s at worst", milliseconds(median), milliseconds(worst))}
	if median > lateTimer {
		c.Status, c.Todo = verdictWarn, "the machine is overloaded or its processors are taken away: ticks will be late"
	}
	return c
}

// clockSync says whether the wall clock is kept in time. Ticks of all nodes
// follow one wall clock, so a hunt on several machines needs it.
func clockSync() check {
	synchronised, err := clockSynchronised()
	if err != nil {
		return unknown("clock-sync", err)
	}
	if !synchronised {
		return check{Name: "clock-sync", Status: verdictWarn, Found: "the kernel says that the wall clock is not synchronised",
			Todo: "run an NTP client before hunts on several machines (one machine needs none)"}
	}
	return check{Name: "clock-sync", Status: verdictOK, Found: "synchronised"}
}
