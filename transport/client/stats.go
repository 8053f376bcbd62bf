package client

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// Stats are what a bot did, over all its sessions. Add makes those of many.
type Stats struct {
	Moves      int64              // answered moves
	ByCode     [codec.Codes]int64 // of these, by their result
	Joins      int64              // that were answered OK, hints asked for among them
	Dials      int64              // sessions begun
	Failures   int64              // sessions that ended or could not begin, before the bot was stopped
	Out        int64              // 1 if the last session broke, could not begin or fell silent, and none took its place
	Late       int64              // moves that were due while the one before was on its way
	Durable    int64              // moves confirmed as durable
	Grants     int64
	Duplicates int64 // grants of a treasure and round that this bot had already: none

	RoundTrip *hdrhistogram.Histogram // us, from when a move was due to its reply
}

func newStats() Stats {
	return Stats{RoundTrip: hdrhistogram.New(1, maxRoundTrip, digits)}
}

// OK is how many moves were applied.
func (s *Stats) OK() int64 { return s.ByCode[codec.CodeOK] }

// Rejected is how many answered moves changed nothing.
func (s *Stats) Rejected() int64 { return s.Moves - s.OK() }

// Quantile is a round trip's: Quantile(0.99) is the p99.
func (s *Stats) Quantile(q float64) time.Duration {
	if s.RoundTrip == nil {
		return 0
	}
	return time.Duration(s.RoundTrip.ValueAtQuantile(100*q)) * time.Microsecond
}

// Add adds another bot's.
func (s *Stats) Add(o Stats) {
	s.Moves += o.Moves
	for code, n := range o.ByCode {
		s.ByCode[code] += n
	}
	s.Joins += o.Joins
	s.Dials += o.Dials
	s.Failures += o.Failures
	s.Out += o.Out
	s.Late += o.Late
	s.Durable += o.Durable
	s.Grants += o.Grants
	s.Duplicates += o.Duplicates
	if o.RoundTrip == nil {
		return
	}
	if s.RoundTrip == nil {
		s.RoundTrip = hdrhistogram.New(1, maxRoundTrip, digits)
	}
	s.RoundTrip.Merge(o.RoundTrip)
}

// copy is for who reads while the bot goes on.
func (s *Stats) copy() Stats {
	c := *s
	c.RoundTrip = hdrhistogram.Import(s.RoundTrip.Export())
	return c
}

func (s *Stats) answered(code huntpb.Code) {
	s.Moves++
	if c, err := huntpb.ParseCode(code); err == nil {
		s.ByCode[c]++
	}
}

func (s *Stats) took(d time.Duration) {
	_ = s.RoundTrip.RecordValue(min(max(1, d.Microseconds()), maxRoundTrip)) // within its range
}
