package control

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"

	"go.uber.org/zap/zapcore"
)

// slogCore hands etcd's warnings and errors to slog and drops the rest.
type slogCore struct{ attrs []any }

func (c *slogCore) Enabled(l zapcore.Level) bool { return l >= zapcore.WarnLevel }
func (c *slogCore) Sync() error                  { return nil }

func (c *slogCore) With(fields []zapcore.Field) zapcore.Core {
	return &slogCore{attrs: append(c.attrs[:len(c.attrs):len(c.attrs)], attrs(fields)...)}
}

func (c *slogCore) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return ce.AddCore(e, c)
	}
	return ce
}

func (c *slogCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	if usual(e.Message) {
		return nil
	}
	level := slog.LevelWarn
	if e.Level >= zapcore.ErrorLevel {
		level = slog.LevelError
	}
	slog.Default().Log(context.Background(), level, "etcd: "+e.Message, append(attrs(fields), c.attrs...)...)
	return nil
}

// usual reports the complaints that a single embedded member always makes.
func usual(message string) bool {
	for _, m := range []string{
		"Running http and grpc server on single port",  // it runs neither
		"simple token is not cryptographically signed", // nobody logs in
		"Failed to detect schema version",              // until its first snapshot, like the next
		"failed to update storage version",
		"bootstrap failed", // StartEtcd returns it
	} {
		if strings.HasPrefix(message, m) {
			return true
		}
	}
	return false
}

func attrs(fields []zapcore.Field) []any {
	enc := zapcore.NewMapObjectEncoder()
	out := make([]any, 0, 2*len(fields))
	for _, f := range fields {
		f.AddTo(enc)
		if v, ok := enc.Fields[f.Key]; ok {
			out = append(out, f.Key, v)
		}
	}
	return out
}

// trap catches what etcd would end the process or panic for: it keeps the
// first such message and ends the goroutine instead.
type trap struct {
	once   sync.Once
	sprung chan struct{}
	cause  error // written once, before sprung is closed
}

func newTrap() *trap { return &trap{sprung: make(chan struct{})} }

// OnWrite is zap's hook behind Fatal and Panic.
func (t *trap) OnWrite(ce *zapcore.CheckedEntry, fields []zapcore.Field) {
	t.once.Do(func() {
		t.cause = fmt.Errorf("etcd cannot go on: %s%s; if its folder is damaged, restore it from a copy",
			ce.Message, describe(fields))
		close(t.sprung)
	})
	runtime.Goexit()
}

func describe(fields []zapcore.Field) string {
	for _, f := range fields {
		if err, ok := f.Interface.(error); ok && f.Type == zapcore.ErrorType {
			return ": " + err.Error()
		}
	}
	return ""
}

func (t *trap) err() error {
	select {
	case <-t.sprung:
		return t.cause
	default:
		return nil
	}
}
