package main

import (
	"context"
	"io"

	"github.com/schollz/progressbar/v3"

	"github.com/huntgraph/huntgraph/partition/world"
)

// progress is a bar on a terminal's stderr, and nothing elsewhere.
func progress(w io.Writer, total int, what string) *progressbar.ProgressBar {
	return progressbar.NewOptions(total,
		progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
		progressbar.OptionSetVisibility(colourful(w)), progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())
}

// stages shows one bar after the other, one for each stage of a piece of work.
// The caller must finish the last. The work ends with the context.
func stages(ctx context.Context, w io.Writer) (watch world.Watch, finish func()) {
	var bar *progressbar.ProgressBar
	stage := ""
	finish = func() {
		if bar != nil {
			_ = bar.Finish() // a bar that cannot be drawn is no failure
		}
	}
	return func(now string, done, total int) error {
		if now != stage {
			finish()
			bar, stage = progress(w, total, now), now
		}
		_ = bar.Set(done)
		return ctx.Err()
	}, finish
}
