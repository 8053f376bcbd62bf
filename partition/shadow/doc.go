// Package shadow keeps what memory held when a fork was taken, line by line,
// while it goes on being written: copy on write, 64 bytes at a time.
//
// A Table is live memory, a Branch what one fork has kept of it. Its owner's loop is
//
//	table.Hang(&branch)    // a fork is taken: nothing is copied
//	table.Touch(at)        // before each write of the byte there
//	table.PutBack(chain, …) // the memory is as it was, chain[0] being the fork
//
// Forks form a chain, the oldest first, and only the newest keeps lines: what a
// fork lacks is in the first newer one that has it, or has not been written since.
// So a write costs one bit looked at, however many forks there are. A branch has
// room for all lines at fixed places: keeping one cannot fail.
//
// The package is part of the pure core: no I/O, clock, lock or allocation.
package shadow
