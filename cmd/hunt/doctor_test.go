package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestJudgements(t *testing.T) {
	cases := []struct {
		name   string
		check  check
		status verdict
		part   string // of what was found or is to do
	}{
		{"buffers as QUIC wants", judgeSocketBuffer("b", "net.core.rmem_max", 7_500_000), verdictOK, "7500000"},
		{"buffers too small", judgeSocketBuffer("b", "net.core.rmem_max", 212_992), verdictWarn, "sysctl -w net.core.rmem_max=7500000"},
		{"files enough", judgeOpenFiles(20_000, 20_000), verdictOK, "20000"},
		{"files few", judgeOpenFiles(1024, 4096), verdictWarn, "hard limit 4096"},
		{"files far too few", judgeOpenFiles(64, 64), verdictFail, "ulimit -n"},
		{"clock fine", judgeClock(20 * time.Nanosecond), verdictOK, "20ns"},
		{"clock coarse", judgeClock(time.Millisecond), verdictWarn, "clock source"},
		{"timers fine", judgeTimers(time.Millisecond, 40*time.Millisecond), verdictOK, "40 ms at worst"},
		{"timers late", judgeTimers(6*time.Millisecond, 40*time.Millisecond), verdictWarn, "overloaded"},
		{"disk roomy", judgeDiskSpace("/d", 8<<30), verdictOK, "8.0 GiB free at /d"},
		{"disk small", judgeDiskSpace("/d", 1<<30), verdictWarn, "--data-dir"},
		{"disk full", judgeDiskSpace("/d", 10<<20), verdictFail, "10 MiB"},
		{"disk fast", judgeDiskSync(time.Millisecond, 30*time.Millisecond), verdictOK, "1 ms"},
		{"disk slow", judgeDiskSync(20*time.Millisecond, 30*time.Millisecond), verdictWarn, "durability"},
		{"cpus fine", judgeProcessors(2, 2, 0), verdictOK, "no quota"},
		{"one cpu", judgeProcessors(1, 1, 0), verdictWarn, "2 CPUs"},
		{"quota fine", judgeProcessors(64, 4, 4), verdictOK, "quota 4 CPUs"},
		{"quota far below GOMAXPROCS", judgeProcessors(64, 64, 4), verdictWarn, "set GOMAXPROCS to 4"},
		{"quota of half a cpu", judgeProcessors(64, 1, 0.5), verdictWarn, "2 CPUs"},
		{"memory fine", judgeMemory(8<<30, 0), verdictOK, "8.0 GiB available"},
		{"memory limited", judgeMemory(8<<30, 1<<30), verdictWarn, "limit 1.0 GiB"},
		{"memory gone", judgeMemory(100<<20, 0), verdictFail, "100 MiB"},
		{"port free", judgePort("p", "tcp", "--http", "127.0.0.1:1", nil), verdictOK, "is free"},
		{"not known here", unknown("u", errors.ErrUnsupported), verdictOK, "not known"},
		{"not readable", unknown("u", os.ErrPermission), verdictWarn, "permission"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.check.Status != c.status || !strings.Contains(c.check.Found+" "+c.check.Todo, c.part) {
				t.Errorf("got %+v, want %s with %q", c.check, c.status, c.part)
			}
			if (c.check.Todo == "") != (c.status == verdictOK) {
				t.Errorf("what to do is %q with %s", c.check.Todo, c.check.Status)
			}
		})
	}
}

func TestTakenPorts(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	free := []string{"--http", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--data-dir", t.TempDir()}

	cases := []struct {
		name, flag, address, found string
	}{
		{"the page's port", "--http", listener.Addr().String(), "is taken"},
		{"the gateway's port", "--gateway", socket.LocalAddr().String(), "is taken"},
		{"an address that is none", "--http", "127.0.0.1:http:x", "too many colons"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			result := doctorJSON(t, exitFailure, append(free, c.flag, c.address)...)
			for _, check := range result.Checks {
				if check.Status == verdictFail {
					if !strings.Contains(check.Found, c.found) || !strings.Contains(check.Todo, c.flag) {
						t.Errorf("the failure is told as %+v", check)
					}
				}
			}
			if result.Failures != 1 || result.Status != verdictFail {
				t.Errorf("%d failures, status %s", result.Failures, result.Status)
			}
		})
	}
}

// doctorJSON runs hunt doctor --json and holds that it ends with code.
func doctorJSON(t *testing.T, code int, flags ...string) doctorResult {
	t.Helper()
	got, stdout, stderr := run(t, verbs(), append([]string{"doctor", "--json"}, flags...)...)
	if got != code {
		t.Fatalf("exit code %d, want %d; stdout %s, stderr %s", got, code, stdout, stderr)
	}
	var result doctorResult
	if err := json.Unmarshal([]byte(stdout), &result); err != nil {
		t.Fatalf("%q: %v", stdout, err)
	}
	return result
}

func TestDoctorOnThisMachine(t *testing.T) {
	dir := t.TempDir()
	result := doctorJSON(t, exitOK, "--http", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--data-dir", filepath.Join(dir, "not", "yet"))
	want := "udp-receive-buffer udp-send-buffer open-files http-port gateway-port clock timers clock-sync disk-space disk-sync cpus memory"
	var names []string
	for _, c := range result.Checks {
		names = append(names, c.Name)
	}
	if got := strings.Join(names, " "); got != want {
		t.Errorf("checks %s, want %s", got, want)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("doctor left %v in the data folder (%v)", left, err)
	}
}

func TestDoctorWithoutAFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	checks := disk(file)
	if len(checks) != 1 || checks[0].Status != verdictFail || !strings.Contains(checks[0].Found, "is not a folder") {
		t.Errorf("a file as data folder is judged %+v", checks)
	}
}

func TestDoctorStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := examine(ctx, doctorOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestSummarise(t *testing.T) {
	ok, warn, fail := check{Status: verdictOK}, check{Status: verdictWarn}, check{Status: verdictFail}
	for name, c := range map[string]struct {
		checks   []check
		status   verdict
		warnings int
		failures int
	}{
		"all well":  {[]check{ok, ok}, verdictOK, 0, 0},
		"a warning": {[]check{ok, warn, ok}, verdictWarn, 1, 0},
		"both":      {[]check{fail, warn, ok, fail}, verdictFail, 1, 2},
	} {
		got := summarise(c.checks)
		if got.Status != c.status || got.Warnings != c.warnings || got.Failures != c.failures {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestCPUQuota(t *testing.T) {
	cases := []struct {
		name  string
		files map[string]string
		quota float64
		err   string
	}{
		{"no control group", nil, 0, ""},
		{"no quota", map[string]string{"cpu.max": "max 100000\n"}, 0, ""},
		{"two and a half", map[string]string{"cpu.max": "250000 100000\n"}, 2.5, ""},
		{"version 1 without one", map[string]string{"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 0, ""},
		{"version 1 with a half", map[string]string{"cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 0.5, ""},
		{"half of version 1", map[string]string{"cpu/cpu.cfs_quota_us": "50000\n"}, 0, "no such file"},
		{"nonsense", map[string]string{"cpu.max": "much\n"}, 0, `"much" is no slice`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range c.files {
				write(t, filepath.Join(root, name), text)
			}
			quota, err := cpuQuota(root)
			holdError(t, err, c.err)
			if quota != c.quota {
				t.Errorf("quota %v, want %v", quota, c.quota)
			}
		})
	}
}

func TestAvailableMemory(t *testing.T) {
	cases := []struct {
		name, text string
		bytes      uint64
		err        string
	}{
		{"as Linux writes it", "MemTotal:  9 kB\nMemAvailable:   2048 kB\n", 2 << 20, ""},
		{"an old kernel", "MemTotal:  9 kB\n", 0, "no MemAvailable"},
		{"nonsense", "MemAvailable: much kB\n", 0, "invalid syntax"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "meminfo")
			write(t, path, c.text)
			got, err := availableMemory(path)
			holdError(t, err, c.err)
			if got != c.bytes {
				t.Errorf("%d bytes, want %d", got, c.bytes)
			}
		})
	}
}

func TestReadSysctl(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "net/core/rmem_max"), "4194304\n")
	if size, err := readSysctl(root, "net.core.rmem_max"); err != nil || size != 4194304 {
		t.Errorf("read %d, %v", size, err)
	}
	if _, err := readSysctl(root, "net.core.wmem_max"); err == nil {
		t.Error("a sysctl that is missing was read")
	}
}

func TestPaintVerdicts(t *testing.T) {
	table := "status  ok\n\nname   status  found\nclock  ok      steps of 20ns\ndisk   warn    warn is not painted twice\nport   fail    taken\nready\n"
	want := "status  \x1b[32mok\x1b[0m\n\nname   status  found\nclock  \x1b[32mok\x1b[0m      steps of 20ns\n" +
		"disk   \x1b[33mwarn\x1b[0m    warn is not painted twice\nport   \x1b[31mfail\x1b[0m    taken\nready\n"
	if got := paintVerdicts(table); got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// holdError fails the test unless err has part in it; "" wants no error.
func holdError(t *testing.T, err error, part string) {
	t.Helper()
	switch {
	case part == "" && err != nil:
		t.Errorf("error %v", err)
	case part != "" && (err == nil || !strings.Contains(err.Error(), part)):
		t.Errorf("error %v, want one with %q", err, part)
	}
}
