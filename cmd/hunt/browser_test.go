package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// browserWait bounds each thing that is waited for on the page.
const browserWait = 2 * time.Minute

// TestBrowser plays as a person would: opens the page, types a name, presses the
// button, walks with the keys, and then follows the hint to a treasure.
func TestBrowser(t *testing.T) {
	_, url := startDev(t, devArgs("--bots", "60", "--edges", "8000", "--goals", "exit=120,camp=700")...)
	page := openBrowser(t)
	page.do(chromedp.Navigate(url))
	page.await("to be connected and see the bots", func(s pageState) bool { return s.Connected && s.Positions > 0 })
	page.screenshot("1-watching")

	page.do(chromedp.Click("#name"))
	page.selectAll()
	page.do(chromedp.SendKeys("#name", "ann"), chromedp.Click("#join"))
	joined := page.await("to have joined", func(s pageState) bool { return s.Joined })
	if joined.Node < 0 || len(joined.Player) != 16 {
		t.Errorf("joined as %+v", joined)
	}
	at := page.walk(joined)
	page.awaitShown("#durable", func(shown string) bool { return shown != "0" })
	page.screenshot("2-walking")

	page.choose("#goal", "2")
	page.await("to be led to the camp", func(s pageState) bool { return s.Goal == 2 && s.Way > 0 })
	page.awaitShown("#hint", func(shown string) bool { return strings.HasPrefix(shown, "camp: about ") })
	page.screenshot("3-camp")
	page.choose("#goal", "0")
	page.await("to be led to treasures again", func(s pageState) bool { return s.Goal == 0 })

	page.press("h")
	page.await("a treasure, a weight change, and durability", func(s pageState) bool {
		return s.Grants > 0 && s.Deltas > 0 && s.DurableSeq > 0 && s.Moves > at.Moves
	})
	page.awaitShown("#grants", func(shown string) bool { return shown != "0" }) // the panel follows within 250 ms
	page.screenshot("4-treasure")
	if name := page.text("#you-name"); name != "ann" {
		t.Errorf("the page calls the player %q", name)
	}
	if s := page.state(); !s.Connected || !s.Joined || s.Positions == 0 || s.Tick == 0 || len(s.Errors) > 0 {
		t.Errorf("at the end: %+v", s)
	}
	if said := page.complaints(); len(said) > 0 {
		t.Errorf("the browser's console:\n%s", strings.Join(said, "\n"))
	}
}

// TestBrowserAddresses: the page plays under every address that leads to it, whatever the
// spelling: browsers name a page's origin in one of their own.
func TestBrowserAddresses(t *testing.T) {
	_, url := startDev(t, devArgs("--bots", "5")...)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	addresses := []string{"http://LocalHost:" + port, "http://localhost.:" + port + "/index.html", "http://127.1:" + port, "http://0x7f000001:" + port}
	if tcp, err := net.Listen("tcp", "127.0.0.1:80"); err == nil { // a page at its scheme's own port is named without one
		must(t, tcp.Close())
		startDev(t, devArgs("--bots", "5", "--http", "127.0.0.1:80")...)
		addresses = append(addresses, "http://127.0.0.1", "http://localhost:80/")
	}
	page := openBrowser(t)
	for _, address := range addresses {
		t.Log(address)
		page.do(chromedp.Navigate("about:blank"), chromedp.Navigate(address))
		page.await("to be connected at "+address, func(s pageState) bool { return s.Connected && s.Positions > 0 })
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// pageState is what window.hunt.state() returns.
type pageState struct {
	Connected  bool     `json:"connected"`
	Joined     bool     `json:"joined"`
	Player     string   `json:"player"`
	Node       int64    `json:"node"`
	Moves      int64    `json:"moves"`
	DurableSeq int64    `json:"durableSeq"`
	Deltas     int64    `json:"deltas"`
	Grants     int64    `json:"grants"`
	Tick       int64    `json:"tick"`
	Positions  int64    `json:"positions"`
	Goal       int64    `json:"goal"`
	Way        int64    `json:"way"`
	Errors     []string `json:"errors"`
}

// browser is a page in headless Chromium.
type browser struct {
	t   *testing.T
	ctx context.Context

	mu   sync.Mutex
	said []string // what must not be on the console
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	path := findChromium(t)
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path),
		chromedp.Flag("headless", "new"),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.WindowSize(1440, 900),
	)
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, closeBrowser := chromedp.NewContext(allocator)
	t.Cleanup(closeBrowser)
	b := &browser{t: t, ctx: ctx}
	b.do(chromedp.EmulateViewport(1440, 900))
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return // the browser is closed
			}
			if m.IsException() || m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleWarning {
				b.mu.Lock()
				b.said = append(b.said, fmt.Sprintf("%s: %s (%s:%d)", m.Type, m.Text, m.URL, m.Line))
				b.mu.Unlock()
			}
		}
	}()
	return b
}

// findChromium skips the test without one, unless HUNT_REQUIRE_BROWSER=1.
func findChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	const how = "no Chromium: install Debian's package chromium, or name the binary in CHROMIUM"
	if os.Getenv("HUNT_REQUIRE_BROWSER") == "1" {
		t.Fatal(how)
	}
	t.Skip(how)
	return ""
}

// do is what a person does, in order.
func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- chromedp.Do(b.ctx, steps...) }() // a timeout on b.ctx would close the browser
	select {
	case err := <-ended:
		if err != nil {
			b.t.Fatalf("in the browser: %v", err)
		}
	case <-time.After(browserWait):
		b.t.Fatalf("the browser has not answered for %v; %+v", browserWait, b.complaints())
	}
}

// state is what the page says of itself; zero before its scripts have run.
func (b *browser) state() (s pageState) {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`JSON.stringify(window.hunt?.state() ?? {})`))
	if err == nil {
		err = json.Unmarshal([]byte(text), &s)
	}
	if err != nil {
		b.t.Fatalf("read the page's state: %v", err)
	}
	return s
}

// text is what an element shows.
func (b *browser) text(selector string) string {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector(%q).textContent`, selector)))
	if err != nil {
		b.t.Fatalf("read %s: %v", selector, err)
	}
	return text
}

// await waits until the page's state is as it should be, and returns it.
func (b *browser) await(what string, is func(pageState) bool) pageState {
	b.t.Helper()
	s, ok := within(browserWait, b.state, is)
	if !ok {
		b.screenshot("failed")
		b.t.Fatalf("waited %v %s: %+v; console: %q", browserWait, what, s, b.complaints())
	}
	return s
}

// awaitShown waits until an element shows what it should.
func (b *browser) awaitShown(selector string, is func(string) bool) {
	b.t.Helper()
	if text, ok := within(browserWait, func() string { return b.text(selector) }, is); !ok {
		b.screenshot("failed")
		b.t.Fatalf("after %v %s shows %q", browserWait, selector, text)
	}
}

// choose picks an option, which headless Chromium's own menu does not let a test click on.
func (b *browser) choose(selector, value string) {
	b.t.Helper()
	const pick = `(() => { const e = document.querySelector(%q); e.value = %q; e.dispatchEvent(new Event("change")); return e.value })()`
	if got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](fmt.Sprintf(pick, selector, value))); err != nil || got != value {
		b.t.Fatalf("choose %s of %s: %q, %v", value, selector, got, err)
	}
}

// walk holds one key after the other until the player has gone somewhere.
func (b *browser) walk(from pageState) pageState {
	b.t.Helper()
	for range 5 {
		for _, key := range []string{"w", "d", "s", "a"} {
			b.key(input.DispatchKeyEventTypeKeyDown, key)
			s, moved := within(3*time.Second, b.state, func(s pageState) bool { return s.Moves >= from.Moves+2 && s.Node != from.Node })
			b.key(input.DispatchKeyEventTypeKeyUp, key)
			if moved {
				return s
			}
		}
	}
	b.screenshot("failed")
	b.t.Fatalf("no key moves the player: %+v", b.state())
	return pageState{}
}

func (b *browser) press(key string) {
	b.t.Helper()
	b.key(input.DispatchKeyEventTypeKeyDown, key)
	b.key(input.DispatchKeyEventTypeKeyUp, key)
}

func (b *browser) key(what input.DispatchKeyEventType, key string) {
	b.t.Helper()
	b.dispatch(what, key, 0)
}

// selectAll is Ctrl+A, which headless Chromium has to be told the meaning of.
func (b *browser) selectAll() {
	b.t.Helper()
	b.dispatch(input.DispatchKeyEventTypeKeyDown, "a", chromedp.ModifierCtrl, "selectAll")
	b.dispatch(input.DispatchKeyEventTypeKeyUp, "a", chromedp.ModifierCtrl)
}

func (b *browser) dispatch(what input.DispatchKeyEventType, key string, modifiers chromedp.Modifier, commands ...string) {
	b.t.Helper()
	upper := strings.ToUpper(key)
	b.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, input.DispatchKeyEvent, input.DispatchKeyEventParams{
			Type: what, Key: key, Code: "Key" + upper, WindowsVirtualKeyCode: int64(upper[0]),
			Modifiers: int64(modifiers), Commands: commands,
		})
		return chromedp.Void{}, err
	})
}

// screenshot writes what is seen to HUNT_ARTIFACTS, else to the test's artifacts.
func (b *browser) screenshot(name string) {
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	dir := os.Getenv("HUNT_ARTIFACTS")
	if dir == "" {
		dir = b.t.ArtifactDir()
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "browser-"+name+".png"), png, 0o644)
	}
	if err != nil {
		b.t.Errorf("screenshot %s: %v", name, err)
	}
}

// complaints are exceptions, errors, warnings and violations of the page's policy.
func (b *browser) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.said)
}
