package client

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// BotOptions are a bot's.
type BotOptions struct {
	Options        // where it plays and as whom; its handlers are called too
	Name    string // at most 16 bytes
	Goal    codec.GoalID
	Rate    float64 // moves a second, MinRate to MaxRate; 0: DefaultRate

	// Renew asks for the address, the hashes and the token anew, before each session
	// but the first: certificates are renewed and tokens expire. If it fails, what the
	// bot has is tried again; nil: the bot has all that there is.
	Renew  func(context.Context) (Options, error)
	Logger *slog.Logger
}

// Bot is a player that follows its hints. Moves are due at fixed times, whatever
// the answers take: a slow system gets the same load and longer round trips.
type Bot struct {
	o       BotOptions
	period  time.Duration
	renewed bool      // the token is one that Renew gave, and no session began with it; Run's
	asked   time.Time // when the call was made that is not answered yet; Run's

	mu     sync.Mutex
	stats  Stats
	grants map[grantID]bool // of this round and the last
	round  uint32
	acked  map[uint32]struct{} // sequences applied and not durable yet
}

// dialling has a place for each bot of this process that connects.
var dialling = make(chan struct{}, maxDialling)

type grantID struct{ round, treasure uint32 }

// NewBot makes a bot; Run plays.
func NewBot(o BotOptions) (*Bot, error) {
	if o.Rate == 0 {
		o.Rate = DefaultRate
	}
	if !(o.Rate >= MinRate && o.Rate <= MaxRate) { // NaN too
		return nil, fmt.Errorf("client: a bot of %v moves a second: choose %v to %v", o.Rate, MinRate, MaxRate)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	b := &Bot{
		o: o, period: time.Duration(float64(time.Second) / o.Rate), stats: newStats(),
		grants: map[grantID]bool{}, acked: map[uint32]struct{}{},
	}
	h := &b.o.Handlers
	reply, grant, durable := h.OnReply, h.OnGrant, h.OnDurable
	h.OnReply = func(r *huntpb.Reply) { b.replied(r); call(reply, r) }
	h.OnGrant = func(g *huntpb.Grant) { b.granted(g); call(grant, g) }
	h.OnDurable = func(d *huntpb.Durable) { b.durable(d); call(durable, d) }
	return b, nil
}

// Stats is a copy, and may be called while the bot runs.
func (b *Bot) Stats() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stats.copy()
}

// Run plays until ctx ends, which it returns nil for. A session that breaks is
// followed by a new one. It gives up, and returns the gateway's *Error, where a
// new session cannot help: a bad token and no other to be had, another version, or
// the same player somewhere else.
func (b *Bot) Run(ctx context.Context) error {
	pause := minPause
	for first := true; ; first = false {
		began := time.Now()
		err := b.session(ctx, first)
		if ctx.Err() != nil {
			if !b.asked.IsZero() && time.Since(b.asked) > outAfter {
				b.count(func(s *Stats) { s.Out = 1 })
			}
			return nil
		}
		b.count(func(s *Stats) { s.Failures++; s.Out = 1 })
		if b.hopeless(err) {
			return fmt.Errorf("bot %s: %w", b.o.Name, err)
		}
		b.o.Logger.Debug("bot: a session ended, dialling again", "name", b.o.Name, "err", err)
		if time.Since(began) > maxPause {
			pause = minPause
		}
		if !wait(ctx, time.Now().Add(pause/2+rand.N(pause))) {
			return nil
		}
		pause = min(2*pause, maxPause)
	}
}

// hopeless reports whether what ended a session would end the next one too.
func (b *Bot) hopeless(err error) bool {
	return IsCode(err, huntpb.ErrorCode_ERROR_CODE_VERSION) || IsCode(err, huntpb.ErrorCode_ERROR_CODE_REPLACED) ||
		IsCode(err, huntpb.ErrorCode_ERROR_CODE_BAD_TOKEN) && (b.renewed || b.o.Renew == nil)
}

// session plays one session to its end.
func (b *Bot) session(ctx context.Context, first bool) error {
	select {
	case dialling <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	dial, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if !first {
		b.renew(dial)
	}
	s, err := Dial(dial, b.o.Options)
	<-dialling
	if err != nil {
		return err
	}
	defer s.Close()
	b.renewed = false // the token was good; it will expire
	b.mu.Lock()
	b.stats.Dials++
	clear(b.acked) // what was not said to be durable may be undone
	b.mu.Unlock()
	hint, err := b.join(dial, s)
	if err != nil {
		return err
	}
	return b.play(ctx, s, hint)
}

// renew asks how to reach the hunt now.
func (b *Bot) renew(ctx context.Context) {
	if b.o.Renew == nil {
		return
	}
	o, err := b.o.Renew(ctx)
	if err != nil {
		b.o.Logger.Debug("bot: goes on with the address and the token that it has", "name", b.o.Name, "err", err)
		return
	}
	b.o.URL, b.o.CertHashes, b.o.Token = o.URL, o.CertHashes, o.Token
	b.renewed = true
}

// play moves at each due time. The first is drawn, so that bots do not march in step.
func (b *Bot) play(ctx context.Context, s *Session, hint *huntpb.Hint) error {
	due := time.Now().Add(rand.N(b.period))
	for {
		if err := s.sleep(ctx, time.Until(due)); err != nil {
			return err
		}
		if hint.GetEdge() == uint32(codec.NoEdge) || hint == nil || hint.Claimed {
			// Nowhere to go: the treasure is taken, and the next refresh says where another is.
			if err := s.sleep(ctx, hintPause); err != nil {
				return err
			}
			var err error
			if hint, err = b.join(ctx, s); err != nil {
				return err
			}
			due = time.Now().Add(b.period)
			continue
		}
		b.asked = time.Now()
		r, err := s.Move(ctx, codec.EdgeID(hint.Edge))
		if err != nil {
			return err
		}
		b.asked = time.Time{}
		b.count(func(st *Stats) { st.took(time.Since(due)) })
		if hint = r.Hint; r.Code == huntpb.Code_CODE_UNKNOWN_PLAYER || r.Code == huntpb.Code_CODE_NOT_NOW {
			hint = nil
		}
		due = due.Add(b.period)
		if late := time.Since(due); late > 0 {
			b.count(func(st *Stats) { st.Late++ })
			if late > time.Second {
				due = time.Now() // it was held up: more at once than the rules allow would be lost
			}
		}
	}
}

// join enters, and is also how a bot asks for a new hint: it changes nothing
// for a player that is there.
func (b *Bot) join(ctx context.Context, s *Session) (*huntpb.Hint, error) {
	b.asked = time.Now()
	j, err := s.Seek(ctx, b.o.Name, b.o.Goal)
	if err != nil {
		return nil, err
	}
	b.asked = time.Time{}
	if j.Code != huntpb.Code_CODE_OK {
		return nil, nil // full, say: asked again after a pause
	}
	b.count(func(st *Stats) { st.Joins++; st.Out = 0 })
	return j.Hint, nil
}

func (b *Bot) count(f func(*Stats)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(&b.stats)
}

// replied runs before the durable that names the reply can.
func (b *Bot) replied(r *huntpb.Reply) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stats.answered(r.Code)
	if r.Code == huntpb.Code_CODE_OK {
		b.acked[r.Seq] = struct{}{}
	}
}

func (b *Bot) granted(g *huntpb.Grant) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := grantID{g.Round, g.Treasure}
	if b.grants[id] {
		b.stats.Duplicates++
	}
	b.grants[id] = true
	if g.Round > b.round { // grants of a round before the last do not come any more
		b.round = g.Round
		maps.DeleteFunc(b.grants, func(id grantID, _ bool) bool { return id.round+1 < b.round })
	}
	b.stats.Grants++
}

func (b *Bot) durable(d *huntpb.Durable) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for seq := range b.acked {
		if seq <= d.LastSeq {
			delete(b.acked, seq)
			b.stats.Durable++
		}
	}
}

// wait waits for a time; false: ctx ended first.
func wait(ctx context.Context, due time.Time) bool {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
