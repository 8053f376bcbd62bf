package huntpb

const (
	// ProtocolVersion is the client hop's version: Hello and Welcome carry it.
	ProtocolVersion = 1

	// MaxClientMessage bounds a message to the gateway, in bytes without its
	// length: a hello with its token, below 2 KiB, or a subscription to 800 areas
	// at 5 bytes each.
	MaxClientMessage = 4 << 10

	// MaxServerMessage bounds a message to a client, in bytes without its length:
	// Deltas of 6,000 edges at 5 + 5 bytes, or Positions of 5,000 players at 8 + 5.
	MaxServerMessage = 64 << 10

	// MaxDatagram bounds a ServerMessage in a datagram, in bytes: a QUIC packet of
	// 1,200 bytes less its header, tag, frame header and session id. Browsers
	// take 1,215 at most.
	MaxDatagram = 1150
)
