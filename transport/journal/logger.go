package journal

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"syscall"
)

// lines takes the embedded server's log: warnings and errors go to slog, the
// rest is dropped. It keeps the last error, which is all that the server says
// about a start that failed, and passes on that a write had no room, which it
// says nowhere else.
type lines struct {
	log    *slog.Logger
	failed chan struct{} // holds one when a write had no room
	mu     sync.Mutex
	last   string
}

func newLines(log *slog.Logger) *lines { return &lines{log: log, failed: make(chan struct{}, 1)} }

func (l *lines) Noticef(string, ...any) {}
func (l *lines) Debugf(string, ...any)  {}
func (l *lines) Tracef(string, ...any)  {}

func (l *lines) Warnf(format string, v ...any) {
	text, level := fmt.Sprintf(format, v...), slog.LevelWarn
	if strings.Contains(text, "Stream state outdated") || strings.Contains(text, "Recovering stream state from index errored") {
		level = slog.LevelDebug // after a kill: it rebuilds from blocks that were checked before it started
	}
	l.log.Log(context.Background(), level, "journal server", "says", text)
}

func (l *lines) Errorf(format string, v ...any) { l.error(format, v) }
func (l *lines) Fatalf(format string, v ...any) { l.error(format, v) }

func (l *lines) error(format string, v []any) {
	text := fmt.Sprintf(format, v...)
	l.mu.Lock()
	l.last = text
	l.mu.Unlock()
	l.log.Error("journal server", "says", text)
	if strings.Contains(text, "critical write error") && strings.Contains(text, syscall.ENOSPC.Error()) {
		select {
		case l.failed <- struct{}{}:
		default:
		}
	}
}

// why is the last error, for a start that failed.
func (l *lines) why() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == "" {
		return fmt.Sprintf("not ready after %v", startWait)
	}
	return l.last
}
