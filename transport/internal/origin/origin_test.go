package origin

import "testing"

// TestSame: spellings of one origin, and origins that look alike.
func TestSame(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080", true},
		{"http://127.0.0.1:80", "http://127.0.0.1", true},
		{"https://play.example:443", "https://play.example", true},
		{"http://play.example:443", "https://play.example", false},
		{"https://play.example:80", "http://play.example", false},
		{"HTTP://Play.Example:8080/", "http://play.example:8080", true},
		{"http://play.example.:8080", "http://play.example:8080", true},
		{"http://play.example:", "http://play.example", true},
		{"http://play.example:08080", "http://play.example:8080", true},
		{"http://[::1]:8080", "http://[0:0:0:0:0:0:0:1]:8080", true},
		{"http://[2001:DB8::A]", "http://[2001:db8:0::a]:80", true},
		{"http://[::ffff:127.0.0.1]:8080", "http://127.0.0.1:8080", false}, // a browser keeps them apart
		{"http://127.0.0.1:8080", "http://localhost:8080", false},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8081", false},
		{"http://play.example", "http://play.example.evil.example", false},
	} {
		a, errA := Parse(c.a)
		b, errB := Parse(c.b)
		if errA != nil || errB != nil || (a == b) != c.same {
			t.Errorf("%s and %s: same %v (%v, %v), want %v", c.a, c.b, a == b, errA, errB, c.same)
		}
		if again, err := Parse(a.String()); err != nil || again != a {
			t.Errorf("%s is written as %s, which is read as %v, %v", c.a, a, again, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"", "null", "127.0.0.1:8080", "http://", "http://:8080", "ftp://play.example", "http://play.example:65536", "http://play.example:x",
		"http://user@play.example", "http://play.example/path", "http://play.example?q", "http://play.example#f", "http://[::1", "http://[127.0.0.1]:80",
		"http:play.example", "http://play.example:-1", "file:///etc", "http://.",
	} {
		if o, err := Parse(text); err == nil {
			t.Errorf("%q is read as %v", text, o)
		}
	}
}
