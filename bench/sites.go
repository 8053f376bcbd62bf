package bench

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// sites counts what a function allocated, by where. A count of the
// whole process would not do: libraries that are linked in run goroutines of
// their own (the NATS server reads the process's statistics once a second).
type sites struct {
	under []string // functions of which one must be on the stack, with their package's last name
	was   map[[32]uintptr]int64
}

// countSites begins to count under some functions, exactly: from now on every
// allocation of the process is profiled, which costs time only where there is one.
func countSites(under ...string) *sites {
	runtime.MemProfileRate = 1
	s := &sites{under: under, was: map[[32]uintptr]int64{}}
	for _, r := range profile() {
		s.was[r.Stack0] += r.AllocObjects
	}
	return s
}

// total is how many objects were allocated since, and at which places.
func (s *sites) total() (objects int64, where []string) {
	now := map[[32]uintptr]int64{} // a place has a record for each size
	records := profile()
	for _, r := range records {
		now[r.Stack0] += r.AllocObjects
	}
	for _, r := range records {
		n := now[r.Stack0] - s.was[r.Stack0]
		if now[r.Stack0] = s.was[r.Stack0]; n == 0 {
			continue
		}
		if site, ok := s.site(r.Stack()); ok {
			objects += n
			where = append(where, fmt.Sprintf("%d at %s", n, site))
		}
	}
	return objects, where
}

// site is where a stack that has one of the functions on it allocates.
func (s *sites) site(stack []uintptr) (site string, under bool) {
	frames := runtime.CallersFrames(stack)
	for {
		f, more := frames.Next()
		if site == "" && strings.Contains(f.Function, "/") {
			site = fmt.Sprintf("%s:%d", f.Function, f.Line)
		}
		if slices.ContainsFunc(s.under, func(name string) bool { return strings.HasSuffix(f.Function, name) }) {
			return site, true
		}
		if !more {
			return site, false
		}
	}
}

// profile is the allocations of the process so far. Two collections publish them all.
func profile() []runtime.MemProfileRecord {
	runtime.GC()
	runtime.GC()
	n, _ := runtime.MemProfile(nil, true)
	for {
		records := make([]runtime.MemProfileRecord, n+50)
		if n, ok := runtime.MemProfile(records, true); ok {
			return records[:n]
		}
		n += len(records)
	}
}
