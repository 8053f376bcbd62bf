// Package star holds the shape of the module: which package may import which.
// The siblings know only the vocabulary, codec, and cmd wires them; the pure
// core can reach no clock, file, socket or lock.
//
// The caller's loop is one test: list the module's packages with everything
// they depend on, Check the graph, print what comes back. I1 (determinism)
// rests on it: what cannot be imported cannot decide a state.
//
// It must never be loosened for one package by name; a rule that is wrong is
// changed for all.
package star
