package main

import (
	"bytes"
	"strings"
	"testing"
)

type sample struct {
	Ready   float64           `json:"ready_s"`
	World   string            `json:"world"`
	Hint    *sampleHint       `json:"hint,omitempty"`
	Ports   []int             `json:"ports"`
	None    []string          `json:"none"`
	Checks  []sampleCheck     `json:"checks"`
	Numbers map[string]uint64 `json:"numbers"`
}

type sampleHint struct {
	Next int `json:"next"`
}

type sampleCheck struct {
	Name string `json:"name"`
	Todo string `json:"todo,omitempty"`
	OK   bool   `json:"ok"`
}

func TestPrintTable(t *testing.T) {
	v := sample{
		Ready: 0.25, World: "caves & <portals>", Hint: &sampleHint{Next: 7}, Ports: []int{80, 443}, None: []string{},
		Checks:  []sampleCheck{{Name: "clock", OK: true}, {Name: "udp-buffers", Todo: "raise it"}},
		Numbers: map[string]uint64{"moves": 1<<64 - 1},
	}
	want := `
ready_s        0.25
world          caves & <portals>
hint.next      7
ports          80, 443
none           none
numbers.moves  18446744073709551615

name         ok     todo
clock        true
udp-buffers  false  raise it
`
	var out bytes.Buffer
	if err := printTable(&out, v); err != nil {
		t.Fatal(err)
	}
	if got := "\n" + out.String(); got != want {
		t.Errorf("got%swant%s", got, want)
	}
}

func TestPrintTableOfNoObject(t *testing.T) {
	for name, v := range map[string]any{"a number": 7, "a list": []int{1}, "nothing": nil} {
		if err := printTable(&bytes.Buffer{}, v); err == nil || !strings.Contains(err.Error(), "want a JSON object") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestPrintJSONIsOneLine(t *testing.T) {
	var out bytes.Buffer
	if err := printJSON(&out, sample{World: "<a>"}); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"world":"<a>"`) {
		t.Errorf("printed %q", got)
	}
	if err := printJSON(&out, func() {}); err == nil {
		t.Error("a function was printed as JSON")
	}
}

func TestColoursNeedATerminal(t *testing.T) {
	if colourful(&bytes.Buffer{}) {
		t.Error("a buffer is no terminal")
	}
}
