// Package cert mints the short-lived self-signed certificates of gateways and
// nodes. There is no authority: whoever dials knows the SHA-256 of the DER
// certificate beforehand (a browser from the page that it came with, a gateway
// from the partition's route) and accepts exactly that one.
//
//	certificate, hash, err := cert.Mint("gateway", time.Now())
//
// The template is what Chromium takes with serverCertificateHashes: ECDSA
// P-256, valid at most 14 days, a random serial, a common name,
// digitalSignature, serverAuth and basic constraints. A certificate that lacks
// any of these is refused with the same message as a wrong hash, so the tests
// hold every one of them.
//
// The private key lives in memory only and must never be written anywhere: a
// restart mints a new certificate and publishes the new hash.
package cert
