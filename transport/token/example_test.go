package token_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/huntgraph/huntgraph/transport/token"
)

func Example() {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		panic(err)
	}
	text, err := token.Mint(private, token.Claims{Player: 0x2a, Hunt: "demo/main", Name: "ann"}, time.Hour)
	if err != nil {
		panic(err)
	}
	claims, err := token.Verify(public, text, "demo/main")
	fmt.Printf("player %016x, %s, error %v\n", uint64(claims.Player), claims.Name, err)

	_, err = token.Verify(public, text, "demo/other")
	fmt.Println(errors.Is(err, token.ErrHunt))
	// Output:
	// player 000000000000002a, ann, error <nil>
	// true
}
