// Package identity says which process is at the far end of the engine hop, and
// what it may do there.
//
// Each cluster has an authority: signing certificates and their keys, in a file
// that only its owner may read. It signs the certificate of every node, gateway and game
// server; the role stands in the certificate, and TLS verifies it before either
// side opens a stream. A certificate lives for LeafLife. A process that has the
// authority renews its own at half of that; any other process is given a file:
//
//	authority, err := identity.Open(data, save, time.Now)     // made if there is none
//	node, err := authority.Identity(identity.Node, "n1")
//	server := node.Server(alpn)                               // *tls.Config
//	data, err := authority.Issue(identity.GameServer, "shop") // for another process
//	shop, err := identity.Parse(data)
//	dial := shop.Client(alpn, node.KeyHash())                 // *tls.Config
//	who, err := identity.Of(conn.ConnectionState().TLS)       // verified: role, name, end
//
// A signing certificate lives for AuthorityLife. Its successor is made at half of
// that and trusted at once, but signs only when it is LeafLife old: by then every
// certificate file in use names it as trusted. So two are trusted during a
// rotation, and no valid certificate is refused for it.
//
// What it must never do: take a certificate for another role's, or replace an
// authority that it cannot read.
package identity
