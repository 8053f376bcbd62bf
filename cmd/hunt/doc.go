// Command hunt is Huntgraph's one binary: the whole system for development, the
// production roles, the worlds, and every tool that measures or checks them.
//
// Each verb is one file with one function that returns its *cobra.Command; a
// verb joins the binary by one line in verbs (root.go). This package wires:
// flags, configuration, signals and output. What a verb does lives in the
// packages it calls.
//
// What every verb may rely on:
//
//   - cmd.Context() ends at the first SIGINT or SIGTERM; a second one ends the
//     process at once.
//   - An error that RunE returns is printed as one line on stderr, and its exit
//     code is 1 unless usage or exitWith gave it another (errors.go). Whatever
//     fails before RunE runs is a mistake in usage and exits 2.
//   - printResult prints one JSON object with --json and the same as a table
//     without. Nothing else may go to stdout; progress and logs go to stderr.
//
// It must never hold game state, and never put logic where a test without a
// process cannot reach it.
package main
