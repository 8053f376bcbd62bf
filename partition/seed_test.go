package partition

import "github.com/huntgraph/huntgraph/codec"

// testSeed is a seed of the round for a test.
func testSeed(n byte, round codec.Round) codec.Seed { return codec.Seed{n, byte(round)} }
