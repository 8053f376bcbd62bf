package delta

// RingDeltas is how many deltas a log keeps for replay. 16,384 x 24 B = 384 KiB
// a partition; at 500 changes a second, half a minute of a gateway's absence.
const RingDeltas = 16_384
