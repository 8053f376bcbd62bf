package cut

// margin is how many ticks before the next refresh a partition hears of it at
// the latest, or it must be put off: a record's way to the journal and back, and
// as much again.
const margin = 6
