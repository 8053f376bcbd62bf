package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/client"
	"github.com/huntgraph/huntgraph/transport/web"
)

var errNoServer = errors.New("start a hunt with `hunt dev`, or say where one runs with --server")

const (
	maxSession  = 64 << 10 // bytes of an answer; a real one has some 500
	sessionWait = 10 * time.Second
)

// mintedPlayer is a player that the server made, and how it reaches the gateway.
type mintedPlayer struct {
	client.Options
	player     codec.PlayerID
	hunt, name string
	goals      []string // names
}

// sessionURL is where a server makes players.
func sessionURL(server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return "", fmt.Errorf("--server %q: want the address of a page, as http://127.0.0.1:8080", server)
	}
	return u.JoinPath("api/session").String(), nil
}

// fetchSession asks a server for a player that it made before, or for a new one if
// the player is 0.
func fetchSession(ctx context.Context, api string, player codec.PlayerID) (p mintedPlayer, err error) {
	if player != 0 {
		api = fmt.Sprintf("%s?player=%016x", api, uint64(player))
	}
	ctx, cancel := context.WithTimeout(ctx, sessionWait)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, api, nil)
	if err != nil {
		return p, fmt.Errorf("ask %s for a player: %w", api, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return p, fmt.Errorf("no hunt answers: %w; %w", err, errNoServer)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxSession))
	if err != nil {
		return p, fmt.Errorf("read the player that %s made: %w", api, err)
	}
	if response.StatusCode != http.StatusOK {
		return p, fmt.Errorf("%s answers %s: %.200s; %w", api, response.Status, strings.TrimSpace(string(body)), errNoServer)
	}
	var info web.SessionInfo
	if err := json.Unmarshal(body, &info); err != nil {
		return p, fmt.Errorf("%s is not a hunt's server (%w); %w", api, err, errNoServer)
	}
	if p, err = playerOf(info); err != nil {
		return p, fmt.Errorf("%s is not a hunt's server: %w; %w", api, err, errNoServer)
	}
	return p, nil
}

// goal is the number of one of the hunt's goals; the empty name is the nearest treasure's.
func (p *mintedPlayer) goal(name string) (codec.GoalID, error) {
	if name == "" {
		return codec.Nearest, nil
	}
	i := slices.Index(p.goals, name)
	if i < 0 {
		return 0, fmt.Errorf("--goal %q: the hunt has %q", name, p.goals)
	}
	return codec.GoalID(i + 1), nil
}

func playerOf(info web.SessionInfo) (p mintedPlayer, err error) {
	var hashes []codec.Hash
	for _, text := range info.CertHashes {
		hash, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(hash) != len(codec.Hash{}) {
			return p, fmt.Errorf("cert_hashes %q are not the SHA-256 of certificates", info.CertHashes)
		}
		hashes = append(hashes, codec.Hash(hash))
	}
	id, err := strconv.ParseUint(info.Player, 16, 64)
	if err != nil {
		return p, fmt.Errorf("player %q is not a player's id", info.Player)
	}
	if gateway, err := url.Parse(info.Gateway); err != nil || gateway.Scheme != "https" || gateway.Host == "" {
		return p, fmt.Errorf("gateway %q is not an https address", info.Gateway)
	}
	var goals []string
	for _, g := range info.Goals {
		goals = append(goals, g.Name)
	}
	return mintedPlayer{
		Options: client.Options{URL: info.Gateway, CertHashes: hashes, Token: info.Token},
		player:  codec.PlayerID(id), hunt: info.Hunt, name: info.Name, goals: goals,
	}, nil
}
