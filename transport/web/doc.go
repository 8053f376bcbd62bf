// Package web serves the live page of a hunt: the page's plain ES modules, which
// are embedded and need no build step, and the two answers that the page starts
// from. Everything else the page knows it hears from a gateway over WebTransport.
//
//	world, err := web.AppendWorld(nil, web.World{X: x, Y: y, First: first, Head: head, Base: base, Partitions: firsts})
//	handler, err := web.Handler(web.Config{World: world, Session: mint})
//	mux.Handle("/", handler)
//
// It answers GET and HEAD of / and of the page's files, GET of /api/session (a player's
// token, a new one's if ?player= names none, and how to reach the gateway) and GET of /api/world (the map, in
// the format of AppendWorld). Everything else is 404, or 405 with the methods that fit.
//
// The session answer holds a token, so a page of another site must not get it:
// requests whose Host is not on the list (DNS rebinding) or whose Origin is not the
// host itself are refused, and the page's policy forbids everything from elsewhere.
//
// static/ holds the browser client, a module an idea: frame.js (messages on the
// stream), moves.js (sequence numbers), client.js (the session), player.js (what the
// player does next), world.js (the map), path.js (ways on it), way.js
// (the way to the goal), model.js (what is known of the hunt), terrain.js, sprites.js,
// camera.js and view.js (drawing), panel.js, input.js, automation.js (window.hunt, for
// tests) and main.js, which wires them.
//
// Invariants. I6: one move is under way at a time and is sent again with the same
// number after a silence or a reconnect; a gap in the deltas is counted, shown and
// closed by a new subscription. I3: the page calls a move durable only when
// the gateway said so. I8: a hint is shown as it came, never one of the page's own;
// so is the dotted way to its goal, whose pieces are of one cut.
//
// static/huntpb.js is generated from codec/huntpb/hunt.proto by gen.sh.
//
// The package must never import anything of the hunt's state: what it serves is
// given to it, and who may have which player's token is for Config.Session to decide.
package web
