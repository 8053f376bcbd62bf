// Package attack holds programs that attack a running hunt, one in a file. Each
// is a test against the real binary, bounded in time and in what it opens, that
// measures what an honest player sees meanwhile.
//
// The caller's loop, in a test:
//
//	h := start(t, "--bots", "0")                // the real `hunt dev`
//	before := h.rss(t)
//	honest := h.beside(ctx, t, 5*time.Second, func(ctx context.Context) {
//		... the attack, until ctx ends
//	})
//	if honest.Players != 1 { ... }              // did an honest player get in?
//	grown := h.rss(t) - before
//
// An attack comes from 127.0.0.2, so that `hunt play`, which comes from
// 127.0.0.1, is somebody else to the hunt.
//
// A test here must never fail because the machine is slow: what depends on time
// is compared with the same beside a harmless load, and where that shows a
// machine too busy to tell, the test says that it is undecided and is skipped.
package attack
