package identity

import "time"

const (
	// LeafLife is how long a certificate of a process is valid. A process with the
	// authority renews it after half of that; whoever was given a file has 30 days
	// to fetch another one.
	LeafLife = 30 * 24 * time.Hour
	// AuthorityLife is how long a signing certificate is valid. Its successor comes
	// at half of it, half a year before its end, and signs 30 days later.
	AuthorityLife = 365 * 24 * time.Hour
	// skew is how long before its making a certificate is valid, for clocks that
	// are behind.
	skew = time.Hour
	// serialBits is the longest serial number that RFC 5280 allows (20 bytes)
	// without the sign bit.
	serialBits = 159
	// maxName bounds a process's name, in bytes, so that names fit log lines.
	maxName = 64
)
