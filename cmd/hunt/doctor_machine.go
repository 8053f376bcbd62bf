package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	// udpBufferBytes is what quic-go asks of a socket in each direction, as its
	// documentation rounds it: 7,500 kB.
	udpBufferBytes = 7_500_000

	// An embedded etcd and JetStream with a stream a partition hold some hundreds
	// of files open; the rest is room for HTTP connections.
	leastOpenFiles  = 256
	enoughOpenFiles = 4096

	// hunt dev takes some 100 MiB; a world of 47 M edges takes 1.5 GiB.
	leastMemory  = 256 << 20
	enoughMemory = 2 << 30
)

// socketBuffer compares the kernel's cap on a socket's buffer with what QUIC wants.
func socketBuffer(name, sysctl string) check {
	size, err := readSysctl("/proc/sys", sysctl)
	if err != nil {
		return unknown(name, err)
	}
	return judgeSocketBuffer(name, sysctl, size)
}

func judgeSocketBuffer(name, sysctl string, size uint64) check {
	return judge(name, float64(size), 0, udpBufferBytes,
		fmt.Sprintf("%s = %d, QUIC wants %d", sysctl, size, udpBufferBytes),
		fmt.Sprintf("sysctl -w %s=%d (packets are dropped in bursts without it)", sysctl, udpBufferBytes))
}

func readSysctl(root, name string) (uint64, error) {
	size, err := readNumber(filepath.Join(root, strings.ReplaceAll(name, ".", "/")))
	if errors.Is(err, fs.ErrNotExist) && runtime.GOOS != "linux" {
		return 0, errors.ErrUnsupported
	}
	return size, err
}

// openFiles judges the limit that this process has; Go has already raised the
// soft limit to the hard one.
func openFiles() check {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return unknown("open-files", err)
	}
	return judgeOpenFiles(uint64(limit.Cur), uint64(limit.Max))
}

func judgeOpenFiles(soft, hard uint64) check {
	return judge("open-files", float64(soft), leastOpenFiles, enoughOpenFiles,
		fmt.Sprintf("limit %d (hard limit %d)", soft, hard),
		fmt.Sprintf("raise it to at least %d: ulimit -n, or LimitNOFILE= of the service", enoughOpenFiles))
}

// processors compares the CPUs, GOMAXPROCS and the control group's quota.
func processors() check {
	quota, err := cpuQuota("/sys/fs/cgroup")
	if err != nil {
		return unknown("cpus", err)
	}
	return judgeProcessors(runtime.NumCPU(), runtime.GOMAXPROCS(0), quota)
}

// judgeProcessors takes the quota in CPUs, 0 for none.
func judgeProcessors(cpus, maxProcs int, quota float64) check {
	found := fmt.Sprintf("%d CPUs, GOMAXPROCS %d, no quota", cpus, maxProcs)
	usable := float64(min(cpus, maxProcs))
	if quota > 0 {
		found = fmt.Sprintf("%d CPUs, GOMAXPROCS %d, quota %.2g CPUs", cpus, maxProcs, quota)
		usable = min(usable, quota)
	}
	c := judge("cpus", usable, 0, 2, found, "give it 2 CPUs: with fewer, bots and actors delay each other")
	if quota > 0 && float64(maxProcs) > quota+1 {
		c.Status, c.Todo = verdictWarn, fmt.Sprintf("set GOMAXPROCS to %.0f: above the quota the kernel stops the process for whole slices", max(1, quota))
	}
	return c
}

// cpuQuota reads the quota of the control group at root in CPUs, 0 for none:
// "slice period" or "max period" in cpu.max, or with version 1 a file for each.
func cpuQuota(root string) (float64, error) {
	text, err := os.ReadFile(filepath.Join(root, "cpu.max"))
	if errors.Is(err, fs.ErrNotExist) {
		var slice, period []byte
		slice, err = os.ReadFile(filepath.Join(root, "cpu", "cpu.cfs_quota_us"))
		if errors.Is(err, fs.ErrNotExist) {
			return 0, nil // the root group has no quota
		}
		if err == nil {
			period, err = os.ReadFile(filepath.Join(root, "cpu", "cpu.cfs_period_us"))
		}
		text = append(slice, period...)
	}
	if err != nil {
		return 0, fmt.Errorf("reading the CPU quota: %w", err)
	}
	fields := strings.Fields(string(text))
	if len(fields) == 2 && (fields[0] == "max" || fields[0] == "-1") {
		return 0, nil
	}
	var slice, period float64
	if _, err := fmt.Sscan(string(text), &slice, &period); err != nil || slice <= 0 || period <= 0 {
		return 0, fmt.Errorf("reading the CPU quota: %q is no slice and period", strings.Join(fields, " "))
	}
	return slice / period, nil
}

// memory judges what is free for a new process.
func memory() check {
	available, err := availableMemory("/proc/meminfo")
	if err != nil {
		return unknown("memory", err)
	}
	limit, err := readNumber("/sys/fs/cgroup/memory.max")
	if err != nil {
		limit = 0 // no limit: the file is missing, or says max
	}
	return judgeMemory(available, limit)
}

// judgeMemory takes bytes; a limit of 0 is none.
func judgeMemory(available, limit uint64) check {
	found := fmt.Sprintf("%s available", bytesText(available))
	usable := available
	if limit > 0 {
		found += fmt.Sprintf(", limit %s", bytesText(limit))
		usable = min(usable, limit)
	}
	return judge("memory", float64(usable), leastMemory, enoughMemory, found,
		fmt.Sprintf("free memory, or raise the limit, to at least %s", bytesText(enoughMemory)))
}

// availableMemory reads MemAvailable, in bytes.
func availableMemory(path string) (uint64, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && runtime.GOOS != "linux" {
		return 0, errors.ErrUnsupported
	}
	if err != nil {
		return 0, fmt.Errorf("reading the free memory: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "MemAvailable:"); ok {
			kib, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 54)
			if err != nil {
				return 0, fmt.Errorf("reading the free memory: %w", err)
			}
			return kib << 10, nil
		}
	}
	return 0, fmt.Errorf("reading the free memory: %s has no MemAvailable", path)
}

func readNumber(path string) (uint64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
}

func bytesText(n uint64) string {
	if n < 1<<30 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}
