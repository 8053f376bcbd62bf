package client

import (
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// start begins to read and to write; the session is over when the stream is.
func (s *Session) start() {
	s.running.Go(s.transmit)
	s.running.Go(func() {
		err := s.receive()
		s.mu.Lock()
		if s.closed {
			err = ErrClosed
		}
		s.err = err
		s.mu.Unlock()
		close(s.done)
		_ = s.wt.CloseWithError(0, "")
	})
	if s.handle.OnPositions != nil {
		s.running.Go(s.receiveDatagrams)
	}
}

// receive reads the stream to its end, and returns why.
func (s *Session) receive() error {
	for {
		m := new(huntpb.ServerMessage)
		if err := huntpb.ReadDelimited(s.in, huntpb.MaxServerMessage, m); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF // the gateway says why before it ends a stream
			}
			return fmt.Errorf("client: read from the gateway: %w", closedBy(err))
		}
		if e := m.GetError(); e != nil {
			s.gotError(&Error{e.Code, e.Text, e.Fatal})
			if e.Fatal {
				return &Error{e.Code, e.Text, true}
			}
			continue
		}
		s.note(m)
		s.dispatch(m)
	}
}

// receiveDatagrams takes what a datagram can hold: positions. A damaged one is a lost one.
func (s *Session) receiveDatagrams() {
	for {
		b, err := s.wt.ReceiveDatagram(s.wt.Context())
		if err != nil {
			return
		}
		m := new(huntpb.ServerMessage)
		if proto.Unmarshal(b, m) == nil && m.GetPositions() != nil {
			s.dispatch(m)
		}
	}
}

// note keeps what the session itself needs, and passes answers to who waits.
func (s *Session) note(m *huntpb.ServerMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch b := m.Body.(type) {
	case *huntpb.ServerMessage_Reply:
		if b.Reply.Code != huntpb.Code_CODE_NOT_NOW && b.Reply.Code != huntpb.Code_CODE_UNKNOWN_PLAYER {
			s.last = b.Reply.LastSeq
		}
		s.stand(b.Reply.Node, b.Reply.Hint)
		offer(s.replies, b.Reply)
	case *huntpb.ServerMessage_Joined:
		if b.Joined.Code == huntpb.Code_CODE_OK {
			s.last = b.Joined.LastSeq
		}
		s.stand(b.Joined.Node, b.Joined.Hint)
		offer(s.joined, b.Joined)
	case *huntpb.ServerMessage_Way:
		offer(s.ways, b.Way)
	case *huntpb.ServerMessage_Durable:
		r := &s.receipts
		r.Seq, r.Round, r.Tick = max(r.Seq, b.Durable.LastSeq), b.Durable.Round, b.Durable.Tick
	case *huntpb.ServerMessage_Grant:
		r := &s.receipts
		r.Granted++
		if len(r.Grants) == maxGrants {
			r.Grants = r.Grants[:copy(r.Grants, r.Grants[1:])]
		}
		r.Grants = append(r.Grants, b.Grant)
	}
}

// gotError answers the call that waits, if the error is about it.
func (s *Session) gotError(e *Error) {
	if e.Code == huntpb.ErrorCode_ERROR_CODE_NOT_JOINED {
		s.mu.Lock()
		offer(s.failed, e)
		s.mu.Unlock()
	}
	if s.handle.OnError != nil {
		s.calling.Lock()
		defer s.calling.Unlock()
		s.handle.OnError(e)
	}
}

// offer never waits: who asks takes its answer or has gone.
func offer[T any](to chan T, v T) {
	select {
	case to <- v:
	default:
	}
}

func (s *Session) dispatch(m *huntpb.ServerMessage) {
	s.calling.Lock()
	defer s.calling.Unlock()
	switch b := m.Body.(type) {
	case *huntpb.ServerMessage_Joined:
		call(s.handle.OnJoined, b.Joined)
	case *huntpb.ServerMessage_Reply:
		call(s.handle.OnReply, b.Reply)
	case *huntpb.ServerMessage_Grant:
		call(s.handle.OnGrant, b.Grant)
	case *huntpb.ServerMessage_Durable:
		call(s.handle.OnDurable, b.Durable)
	case *huntpb.ServerMessage_Deltas:
		call(s.handle.OnDeltas, b.Deltas)
	case *huntpb.ServerMessage_Positions:
		call(s.handle.OnPositions, b.Positions)
	case *huntpb.ServerMessage_Treasures:
		call(s.handle.OnTreasures, b.Treasures)
	case *huntpb.ServerMessage_RoundEvent:
		call(s.handle.OnRoundEvent, b.RoundEvent)
	case *huntpb.ServerMessage_Score:
		call(s.handle.OnScore, b.Score)
	case *huntpb.ServerMessage_State:
		call(s.handle.OnState, b.State)
	}
}

func call[T any](f func(T), v T) {
	if f != nil {
		f(v)
	}
}
