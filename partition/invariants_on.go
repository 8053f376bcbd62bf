//go:build invariants

package partition

// checked turns the expensive assertions on: the state hash in full at every tick.
const checked = true
