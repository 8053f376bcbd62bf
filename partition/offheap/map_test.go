package offheap_test

import (
	"testing"

	"github.com/huntgraph/huntgraph/partition/offheap"
)

func TestMap(t *testing.T) {
	mem, err := offheap.Map(3 << 20)
	if err != nil {
		t.Fatal(err)
	}
	if len(mem) != 3<<20 {
		t.Fatalf("%d bytes", len(mem))
	}
	for i, b := range mem {
		if b != 0 {
			t.Fatalf("byte %d is %d", i, b)
		}
		mem[i] = byte(i)
	}
	if err := offheap.Unmap(mem); err != nil {
		t.Fatal(err)
	}
	if _, err := offheap.Map(0); err == nil {
		t.Error("a map of nothing was given")
	}
}
