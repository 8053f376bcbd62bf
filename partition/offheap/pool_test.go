package offheap

import "testing"

func TestPool(t *testing.T) {
	p := NewPool(10_000)
	get := func(size int) []byte {
		t.Helper()
		mem, err := p.Get(size)
		if err != nil {
			t.Fatal(err)
		}
		return mem
	}
	a, b := get(6_000), get(4_000)
	if len(a) != 6_000 || len(b) != 4_000 || p.Used() != 10_000 {
		t.Fatalf("%d and %d bytes, %d out", len(a), len(b), p.Used())
	}
	if more := get(1); more != nil || p.Used() != 10_000 {
		t.Fatalf("%d bytes above the cap, %d out", len(more), p.Used())
	}
	for _, mem := range [][]byte{a, nil, b} {
		if err := p.Put(mem); err != nil {
			t.Fatal(err)
		}
	}
	if p.Used() != 0 {
		t.Fatalf("%d bytes leaked", p.Used())
	}
	if err := p.Put(get(10_000)); err != nil {
		t.Fatal(err)
	}
}
