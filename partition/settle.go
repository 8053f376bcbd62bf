package partition

// Settle prepares for a rollback: until it is taken back, nobody is handed over
// and no weight is set, which answers "not now" as a full table does. So it is no
// part of the state: what it refused is in no journal.
func (c *Core) Settle(on bool) { c.settling = on }

// Settled reports whether a rollback would find nothing under way. While Settle
// is on, what was settled once stays so.
func (c *Core) Settled() bool {
	return len(c.away) == 0 && len(c.orders) == 0 && c.telling == nil
}
