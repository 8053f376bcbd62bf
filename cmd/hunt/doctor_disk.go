package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// A round of 200 bots writes some 10 MiB of records, kept for an hour.
	leastDisk  = 256 << 20
	enoughDisk = 4 << 30

	// syncs and syncBytes: a synced write of a typical tick record, often enough
	// for a median.
	syncs     = 32
	syncBytes = 4 << 10
	// Four partitions sync one record each in a tick of 33 ms.
	slowSync = 8 * time.Millisecond
)

// disk judges the file system that dir is, or will be, on.
func disk(dir string) []check {
	existing, err := existingFolder(dir)
	if err != nil {
		return []check{{Name: "disk", Status: verdictFail, Found: err.Error(), Todo: "give --data-dir a folder that can be made"}}
	}
	return []check{diskSpace(existing), diskSync(existing)}
}

// existingFolder returns dir, or the nearest folder above it that exists.
func existingFolder(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("finding the data folder: %w", err)
	}
	for {
		info, err := os.Stat(dir)
		switch {
		case err == nil && info.IsDir():
			return dir, nil
		case err == nil:
			return "", fmt.Errorf("finding the data folder: %s is not a folder", dir)
		case !errors.Is(err, fs.ErrNotExist):
			return "", fmt.Errorf("finding the data folder: %w", err)
		}
		dir = filepath.Dir(dir)
	}
}

func diskSpace(dir string) check {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return unknown("disk-space", fmt.Errorf("reading the free space of %s: %w", dir, err))
	}
	return judgeDiskSpace(dir, uint64(stat.Bavail)*uint64(stat.Bsize))
}

func judgeDiskSpace(dir string, free uint64) check {
	return judge("disk-space", float64(free), leastDisk, enoughDisk, fmt.Sprintf("%s free at %s", bytesText(free), dir),
		fmt.Sprintf("free at least %s, or choose another --data-dir: the journal keeps an hour", bytesText(enoughDisk)))
}

// diskSync measures synced writes to a file of its own, which it removes.
func diskSync(dir string) check {
	median, worst, err := measureSyncs(dir)
	if err != nil {
		return check{Name: "disk-sync", Status: verdictFail, Found: err.Error(), Todo: "choose a --data-dir that can be written"}
	}
	return judgeDiskSync(median, worst)
}

func judgeDiskSync(median, worst time.Duration) check {
	c := check{Name: "disk-sync", Status: verdictOK,
		Found: fmt.Sprintf("a synced write takes %s at the median, %s at worst", milliseconds(median), milliseconds(worst))}
	if median > slowSync {
		c.Status, c.Todo = verdictWarn, "choose a --data-dir on a faster disk: durability will lag behind by this much and more"
	}
	return c
}

func measureSyncs(dir string) (median, worst time.Duration, err error) {
	file, err := os.CreateTemp(dir, "hunt-doctor-*")
	if err != nil {
		return 0, 0, fmt.Errorf("writing a file: %w", err)
	}
	defer func() {
		err = errors.Join(err, file.Close(), os.Remove(file.Name()))
	}()
	took := make([]time.Duration, syncs)
	for i := range took {
		start := time.Now()
		if _, err := file.Write(make([]byte, syncBytes)); err != nil {
			return 0, 0, fmt.Errorf("writing %s: %w", file.Name(), err)
		}
		if err := file.Sync(); err != nil {
			return 0, 0, fmt.Errorf("syncing %s: %w", file.Name(), err)
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)-1], nil
}
