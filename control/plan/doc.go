// Package plan decides which node should own which partition. It is pure: a
// function of the living nodes, the declared hunts and the assignments as they
// stand, with the same answer for the same input, and no clock, I/O or state.
//
// The caller's loop: write := plan.Plan(members, hunts, current), write it under
// guards, read back, plan again; on what it wrote itself it answers nothing.
//
// It is the planning half of I4 (one owner): a partition whose node came back as
// another incarnation is assigned anew, so that it gets a new epoch. It moves
// as few partitions as an even load allows, and never gives a node more than
// its capacity.
package plan
