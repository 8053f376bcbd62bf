package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/cmd/internal/system"
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/transport/client"
)

type playFlags struct {
	server string
	bots   int
	rate   float64
	name   string
	goal   string
	length time.Duration
}

func playCommand() *cobra.Command {
	var f playFlags
	cmd := &cobra.Command{
		Use:   "play",
		Short: "Join a running hunt from the terminal, as a bot or many",
		Long: "Asks a server for players, joins with each over WebTransport and follows the hints to the\n" +
			"treasures, or to --goal, until Ctrl-C or for --for. Exit code 1 if nobody got in or\n" +
			"somebody was out at the end, 20 if a treasure came twice.",
		Example: "  hunt dev                                # in another terminal\n" +
			"  hunt play --bots 10 --for 10s\n  hunt play --name ann --rate 8\n" +
			"  hunt play --goal exit                   # of hunt dev --goals exit=120\n" +
			"  hunt play --server http://127.0.0.1:8080 --bots 50 --for 30s --json",
		RunE: func(cmd *cobra.Command, _ []string) error { return play(cmd, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.server, "server", "http://127.0.0.1:8080", "address of the hunt's page, as hunt dev prints it")
	flags.Var(count(&f.bots, 1, 1, maxBots), "bots", "bots that play")
	flags.Var(rate(&f.rate, 4, minBotRate, maxBotRate), "rate", "moves a second and bot; the rules allow 10")
	flags.StringVar(&f.name, "name", "", "name of the player; several are numbered (default: as the server names them)")
	flags.StringVar(&f.goal, "goal", "", "name of the goal to go to (default: the nearest treasure)")
	flags.Var(span(&f.length, 0, 0, maxRun), "for", "stop after this time (default: play until Ctrl-C)")
	return cmd
}

func (f *playFlags) check() error {
	if f.name != "" && codec.NameOf(f.nameOf(f.bots-1)).String() != f.nameOf(f.bots-1) {
		return fmt.Errorf("--name %q: want at most %d bytes, of characters that can be shown (the last player would be %q)",
			f.name, codec.MaxName, f.nameOf(f.bots-1))
	}
	return nil
}

// nameOf is what bot i is called, "" if the server decides.
func (f *playFlags) nameOf(i int) string {
	if f.name == "" || f.bots == 1 {
		return f.name
	}
	return fmt.Sprintf("%s-%d", f.name, i+1)
}

// playResult is the summary of a run.
type playResult struct {
	Hunt           string           `json:"hunt"`
	Players        int              `json:"players"` // that got in
	Moves          int64            `json:"moves"`   // answered
	OK             int64            `json:"ok"`
	Rejected       map[string]int64 `json:"rejected"` // by code
	Durable        int64            `json:"durable"`
	Grants         int64            `json:"grants"`
	Duplicates     int64            `json:"duplicates"` // receipts of a treasure that came before, to any of these players
	Dials          int64            `json:"dials"`
	Failures       int64            `json:"failures"`          // sessions that broke or could not begin
	Out            int64            `json:"out"`               // players whose session broke or could not begin, and that were out at the end
	RoundTripP50US int64            `json:"round_trip_p50_us"` // from when a move was due
	RoundTripP99US int64            `json:"round_trip_p99_us"`
}

func play(cmd *cobra.Command, f playFlags) error {
	err := f.check()
	var api string
	if err == nil {
		api, err = sessionURL(f.server)
	}
	if err != nil {
		return usage(err)
	}
	asJSON, err := cmd.Flags().GetBool("json")
	if err != nil {
		return err
	}
	g, err := gather(cmd.Context(), f, api)
	if err != nil {
		return err
	}
	ctx := until(cmd.Context(), f.length)
	lingering.Store(true)
	if w := cmd.ErrOrStderr(); !asJSON && colourful(w) {
		stop := showStatus(w, g)
		err = g.crowd.Run(ctx)
		stop()
	} else {
		err = g.crowd.Run(ctx)
	}
	result := g.result()
	if printed := printResult(cmd, result); printed != nil {
		return printed
	}
	switch {
	case result.Duplicates > 0:
		return exitWith(exitUnsafe, fmt.Errorf("%d treasures came twice", result.Duplicates))
	case err != nil:
		return err
	case result.Players == 0:
		return fmt.Errorf("nobody got in at %s: is its UDP port reachable? --log-level debug says what each try met", g.gateway)
	case result.Out > 0:
		return fmt.Errorf("%d of %d players were out at the end: does the hunt at %s still run? --log-level debug says what each try met",
			result.Out, f.bots, g.gateway)
	}
	return nil
}

// group is who plays: the bots, and what they were given together.
type group struct {
	crowd         *system.Crowd
	hunt, gateway string
	began         time.Time

	mu         sync.Mutex
	inside     map[codec.PlayerID]bool
	receipts   map[receipt]bool // of the newest round and the one before
	newest     uint32
	duplicates int64
}

type receipt struct{ round, treasure uint32 }

// gather asks the server for a player for each bot.
func gather(ctx context.Context, f playFlags, api string) (*group, error) {
	g := &group{began: time.Now(), inside: map[codec.PlayerID]bool{}, receipts: map[receipt]bool{}}
	var err error
	g.crowd, err = system.NewCrowd(ctx, f.bots, f.rate, func(i int) (client.BotOptions, error) {
		s, err := fetchSession(ctx, api, 0)
		if err != nil {
			return client.BotOptions{}, err
		}
		goal, err := s.goal(f.goal)
		if err != nil {
			return client.BotOptions{}, usage(err)
		}
		g.hunt, g.gateway = s.hunt, s.URL
		renew := func(ctx context.Context) (client.Options, error) {
			again, err := fetchSession(ctx, api, s.player)
			return again.Options, err
		}
		s.Handlers.OnGrant = g.granted
		s.Handlers.OnJoined = func(j *huntpb.Joined) { g.joined(s.player, j) }
		name := f.nameOf(i)
		if name == "" {
			name = s.name
		}
		return client.BotOptions{Options: s.Options, Name: name, Goal: goal, Renew: renew}, nil
	}, slog.Default())
	return g, err
}

func (g *group) joined(p codec.PlayerID, j *huntpb.Joined) {
	if j.Code != huntpb.Code_CODE_OK || j.Left {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside[p] = true
}

// granted holds the players to I2 together: a treasure of a round comes once.
func (g *group) granted(grant *huntpb.Grant) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := receipt{grant.Round, grant.Treasure}
	if g.receipts[r] {
		g.duplicates++
	}
	g.receipts[r] = true
	if grant.Round > g.newest {
		g.newest = grant.Round
		for old := range g.receipts {
			if old.round+1 < g.newest {
				delete(g.receipts, old)
			}
		}
	}
}

// result is how things stand; it may be asked for while the bots play.
func (g *group) result() playResult {
	stats := g.crowd.Stats()
	r := playResult{
		Hunt: g.hunt, Moves: stats.Moves, OK: stats.OK(), Rejected: map[string]int64{},
		Durable: stats.Durable, Grants: stats.Grants, Dials: stats.Dials, Failures: stats.Failures, Out: stats.Out,
		RoundTripP50US: stats.Quantile(0.5).Microseconds(), RoundTripP99US: stats.Quantile(0.99).Microseconds(),
	}
	for code := range codec.Code(codec.Codes) {
		if n := stats.ByCode[code]; n > 0 && code != codec.CodeOK {
			r.Rejected[strings.ReplaceAll(code.String(), " ", "_")] = n
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	r.Players, r.Duplicates = len(g.inside), g.duplicates
	return r
}
