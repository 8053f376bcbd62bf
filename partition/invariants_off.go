//go:build !invariants

package partition

// checked turns the expensive assertions on: build with -tags invariants.
const checked = false
