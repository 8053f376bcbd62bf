package system

import "testing"

// TestLoopback: an address of this machine alone, in any spelling, has one.
func TestLoopback(t *testing.T) {
	for addr, want := range map[string]string{
		":0":                   "127.0.0.1:0",
		"127.0.0.1:8080":       "127.0.0.1:8080",
		"localhost:1":          "127.0.0.1:1",
		"LocalHost.:1":         "127.0.0.1:1",
		"127.0.0.2:1":          "127.0.0.2:1",
		"[::1]:1":              "[::1]:1",
		"[0:0:0:0:0:0:0:1]:1":  "[::1]:1",
		"[::ffff:127.0.0.1]:1": "127.0.0.1:1",
		"[::1%lo]:1":           "",
		"0.0.0.0:1":            "",
		"[::]:1":               "",
		"[::ffff:10.0.0.1]:1":  "",
		"localhost.example:1":  "",
		"127.0.0.1":            "",
		"":                     "",
	} {
		if got, err := Loopback("--http", addr); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v; want %q", addr, got, err, want)
		}
	}
}
