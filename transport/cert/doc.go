// Package cert mints the short-lived self-signed certificates that gateways show
// to clients. There is no authority: a client knows the SHA-256 of the DER
// certificate beforehand, from the page that it came with, and accepts exactly
// that one. (Nodes and gateways know each other by transport/identity.)
//
//	certificate, hash, err := cert.Mint("gateway", time.Now())
//
// A gateway's clients outlive its process, so a Keeper keeps its certificates in a file, serves the one that is due, and
// gives the hash of the next one away before that is served:
//
//	keeper, err := cert.NewKeeper("gateway", saved, time.Now(), save)
//	keeper.Hashes()          // what clients are given
//	keeper.Served()          // at each handshake
//	keeper.Renew(time.Now()) // every minute
//
// The template is what Chromium takes with serverCertificateHashes: ECDSA
// P-256, valid at most 14 days, a random serial, a common name,
// digitalSignature, serverAuth and basic constraints. A certificate that lacks
// any of these is refused with the same message as a wrong hash, so the tests
// hold every one of them.
//
// A private key must never be written anywhere but where save puts it, readable by
// the owner alone.
package cert
