package offheap

import "golang.org/x/sys/unix"

// huge asks for large pages. It is only advice: a kernel that has none says no.
func huge(mem []byte) { _ = unix.Madvise(mem, unix.MADV_HUGEPAGE) }
