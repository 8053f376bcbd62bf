// Package maptest finds the real maps for tests. It is for tests only: nothing
// that ships imports it.
package maptest
