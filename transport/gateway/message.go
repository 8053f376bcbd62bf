package gateway

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// message is a ServerMessage that was encoded once, for one session or for many.
type message struct {
	framed []byte // with its length before it
	sent   prometheus.Counter
}

// body is the message without its length: what a datagram holds.
func (m message) body() []byte {
	_, n := protowire.ConsumeVarint(m.framed)
	return m.framed[n:]
}

// tryEncode fails only if a string of the message is not UTF-8.
func (m *metrics) tryEncode(s *huntpb.ServerMessage) (message, error) {
	framed, err := huntpb.AppendDelimited(nil, s)
	return message{framed, m.out[kindOf(s)]}, err
}

// encode is for messages whose strings are the gateway's own.
func (m *metrics) encode(s *huntpb.ServerMessage) message {
	e, err := m.tryEncode(s)
	if err != nil {
		panic("gateway: " + err.Error())
	}
	return e
}

// errorMessage cuts the text: what the client sent may be part of it.
func errorMessage(code huntpb.ErrorCode, fatal bool, text string) *huntpb.ServerMessage {
	text = strings.ToValidUTF8(text[:min(len(text), maxErrorText)], "")
	return &huntpb.ServerMessage{Body: &huntpb.ServerMessage_Error{
		Error: &huntpb.Error{Code: code, Text: text, Fatal: fatal}}}
}

func replyMessage(r codec.Reply) *huntpb.ServerMessage {
	return &huntpb.ServerMessage{Body: &huntpb.ServerMessage_Reply{Reply: huntpb.ReplyOf(r)}}
}

func joinedMessage(j codec.Joined, area codec.AreaID) *huntpb.ServerMessage {
	return &huntpb.ServerMessage{Body: &huntpb.ServerMessage_Joined{Joined: huntpb.JoinedOf(j, area)}}
}

func grantMessage(g codec.Grant) *huntpb.ServerMessage {
	return &huntpb.ServerMessage{Body: &huntpb.ServerMessage_Grant{Grant: huntpb.GrantOf(g)}}
}

func durableMessage(d codec.Durable, last codec.MoveSeq) *huntpb.ServerMessage {
	return &huntpb.ServerMessage{Body: &huntpb.ServerMessage_Durable{Durable: &huntpb.Durable{
		Round: uint32(d.Index.Round), Tick: uint32(d.Tick), LastSeq: uint32(last)}}}
}
