// Package cert mints the short-lived self-signed certificates of gateways and
// nodes. There is no authority: whoever dials knows the SHA-256 of the DER
// certificate beforehand (a browser from the page that it came with, a gateway
// from the partition's route) and accepts exactly that one.
//
//	certificate, hash, err := cert.Mint("node", time.Now())
//
// A node's certificate lives as long as its process. A gateway's clients outlive it, so a
// Keeper keeps its certificates in a file, serves the one that is due, and
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
