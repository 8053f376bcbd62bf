package offheap

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Map returns size zero bytes, aligned to a page. All of it is there from now on:
// no page is missing when it is first written, and the process does not grow. Its
// pages are large where the kernel has them: single lines all over a shard cost
// half as much without a walk through page tables each.
func Map(size int) ([]byte, error) {
	mem, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("map %d bytes of memory for a shard: %w", size, err)
	}
	huge(mem)
	for at := 0; at < size; at += os.Getpagesize() {
		mem[at] = 0
	}
	return mem, nil
}

// Unmap gives the memory back; every slice of it is invalid from then on.
func Unmap(mem []byte) error {
	if err := unix.Munmap(mem); err != nil {
		return fmt.Errorf("unmap %d bytes of a shard: %w", len(mem), err)
	}
	return nil
}
