package codec

// Peer is the far end of an engine-hop stream as a partition actor sees it.
type Peer interface {
	// Send queues whole frames and never blocks. It reports false when the
	// peer is gone or more than its cap is queued; the peer is then closed and
	// must subscribe again.
	Send(frames []byte) bool
	// Recycle gives a batch's buffer back once its frames were taken.
	Recycle(buffer []byte)
}

// Batch is a run of whole frames that one read of a stream brought.
type Batch struct {
	Peer   Peer
	Frames []byte
	ReadAt int64 // when the bytes were read, in nanoseconds of the process's monotonic clock
	Closed bool  // the peer is gone: forget its subscription; Frames is empty
}

// Group is what one durable record releases: its Durable frame, then the
// frames of grants, deltas and events in the order in which they happened. An
// event's identity is (partition, Durable.Index, ordinal in Frames).
type Group struct {
	Durable  Durable
	Frames   []byte // valid during the call only
	Replayed bool   // released again after a restart: whoever keeps an index skips what it knows
}

// Route says who owns a partition.
type Route struct {
	Partition PartitionID
	Epoch     Epoch
	Node      string // the node's name
	Addr      string // host:port of its engine hop (UDP)
	KeyHash   Hash   // SHA-256 of the node's public key: of this process of the node
}
