package codec

// Code is the result of an input. Everything that a player can do wrong has one;
// an input whose code is not CodeOK changed nothing and is not journaled.
type Code uint8

const (
	CodeOK            Code = iota
	CodeUnknownPlayer      // no such player in this partition: join first
	CodeNoSuchEdge         // the edge is not of this partition, or does not leave the player's node
	CodeStale              // the sequence was applied before; the reply carries the position and last sequence
	CodeSkipped            // a sequence is missing before this one; send from last sequence + 1
	CodeTooFast            // above the lawful rate; wait and send the same sequence again
	CodeBorder             // the edge leads out of the hunt: the core knows of no other partition
	CodeBlocked            // the edge is closed
	CodeTableFull          // the partition has no room for another player, or for another edge with a weight set
	CodeNotNow             // the partition cannot take the input at present (journal or buffers behind); retry
	CodeTooSoon            // an expiry came before the player was idle long enough
	CodeNoSuchGoal         // the hunt has no named goal of this number
	CodeBadWeight          // a weight to be set is neither in the range that edges may have nor codec.Blocked
	CodeNoSuchNode         // the node is not of this partition
	CodeAway               // the player is on its way to another partition; the node says which, as far as known here
	codeCount
)

var codeNames = [codeCount]string{
	"ok", "unknown player", "no such edge", "stale", "skipped", "too fast",
	"border", "blocked", "table full", "not now", "too soon", "no such goal",
	"bad weight", "no such node", "away",
}

// String is the code's name, or "code ?" for one that this version does not know.
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return "code ?"
}

// Valid reports whether this version knows the code.
func (c Code) Valid() bool { return c < codeCount }

// Codes is how many codes there are, for tables indexed by Code.
const Codes = int(codeCount)
