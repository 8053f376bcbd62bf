package offheap

import (
	"fmt"
	"sync"
)

// Pool is memory that comes and goes, for the forks of all partitions of a node,
// and never more of it at a time than its cap. It may be used by many goroutines.
type Pool struct {
	limit int

	mu   sync.Mutex
	used int
}

// NewPool has a cap in bytes.
func NewPool(limit int) *Pool { return &Pool{limit: limit} }

// Get maps size bytes as Map does. Where the cap does not allow it there is no
// memory and no error: the partition that asks for a fork with it answers "table full".
func (p *Pool) Get(size int) ([]byte, error) {
	p.mu.Lock()
	if p.used+size > p.limit {
		p.mu.Unlock()
		return nil, nil
	}
	p.used += size
	p.mu.Unlock()
	mem, err := Map(size)
	if err != nil {
		p.give(size)
		return nil, fmt.Errorf("a fork of a partition: %w", err)
	}
	return mem, nil
}

// Put gives memory back; every slice of it is invalid from then on.
func (p *Pool) Put(mem []byte) error {
	if mem == nil {
		return nil
	}
	p.give(len(mem))
	return Unmap(mem)
}

func (p *Pool) give(size int) {
	p.mu.Lock()
	p.used -= size
	p.mu.Unlock()
}

// Used is how many bytes are out.
func (p *Pool) Used() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.used
}
