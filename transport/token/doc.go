// Package token says who a player is: a JSON Web Token signed with Ed25519
// (JWT, alg EdDSA) that names one player and the one hunt it may play.
//
// Whoever authenticates people mints, the gateway verifies:
//
//	t, err := token.Mint(private, token.Claims{Player: id, Hunt: "demo/main", Name: "ann"}, time.Hour)
//	...
//	claims, err := token.Verify(public, t, "demo/main")
//	if err != nil {
//		return err // errors.Is: ErrMalformed, ErrAlg, ErrForged, ErrExpired, ErrLong, ErrHunt
//	}
//
// The claims are sub (the player's id as 16 hex digits), hunt, name, exp and, for a
// backend that may know a round's seed while it is played, the role "service". A
// client never sends its player id: it follows from the token, so that nobody
// moves another's player.
//
// It must never take another algorithm than EdDSA ("none" above all), a token
// that does not expire within MaxLife, or a claim whose signature was not checked.
package token
