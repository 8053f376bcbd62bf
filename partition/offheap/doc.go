// Package offheap maps memory that the garbage collector never sees, for
// shards. Map at boot, Unmap when nothing reads the memory any more; it never
// grows.
package offheap
