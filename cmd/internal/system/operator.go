package system

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
)

// Operator sends orders to the hunt that runs in a data folder.
type Operator struct {
	http http.Client
	dir  string
}

// NewOperator is for the hunt in dir.
func NewOperator(dir string) *Operator {
	o := &Operator{dir: dir}
	o.http.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, adminSocket))
	}}
	return o
}

// ErrNotRunning says that no process serves the folder.
var ErrNotRunning = errors.New("no hunt runs there")

// Fork, Forks, Diff, Rollback and Drop are the orders of the same names of Branches.
func (o *Operator) Fork(ctx context.Context, order ForkOrder) (made Branch, err error) {
	return made, o.do(ctx, http.MethodPost, "/v1/forks", order, &made)
}

func (o *Operator) Forks(ctx context.Context) (list ForkList, err error) {
	return list, o.do(ctx, http.MethodGet, "/v1/forks", nil, &list)
}

func (o *Operator) Diff(ctx context.Context, name, with string) (d Difference, err error) {
	return d, o.do(ctx, http.MethodGet, forkPath(name)+"/diff?with="+url.QueryEscape(with), nil, &d)
}

func (o *Operator) Rollback(ctx context.Context, name string) (r RolledBack, err error) {
	return r, o.do(ctx, http.MethodPost, forkPath(name)+"/rollback", nil, &r)
}

func (o *Operator) Drop(ctx context.Context, name string) (dropped Dropped, err error) {
	return dropped, o.do(ctx, http.MethodDelete, forkPath(name), nil, &dropped)
}

func forkPath(name string) string { return "/v1/forks/" + url.PathEscape(name) }

// do sends one order, with a body unless it is nil, and reads the answer.
func (o *Operator) do(ctx context.Context, method, path string, order, into any) error {
	var body io.Reader
	if order != nil {
		data, err := json.Marshal(order)
		if err != nil {
			return fmt.Errorf("write the order: %w", err)
		}
		body = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://hunt"+path, body)
	if err != nil {
		return fmt.Errorf("make the order: %w", err)
	}
	response, err := o.http.Do(request)
	if err != nil {
		if dial := (*net.OpError)(nil); errors.As(err, &dial) && dial.Op == "dial" {
			return fmt.Errorf("%s: %w: start it with `hunt dev --data-dir %s`", o.dir, ErrNotRunning, o.dir)
		}
		return fmt.Errorf("order the hunt in %s: %w", o.dir, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		var failed adminError
		if err := json.NewDecoder(response.Body).Decode(&failed); err != nil {
			return fmt.Errorf("the hunt in %s answers %s", o.dir, response.Status)
		}
		return errors.New(failed.Error)
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}
