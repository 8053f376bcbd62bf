package partition

import (
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// Layout is what a partition's shard is made of, for people.
type Layout struct {
	Bytes  int             // all in, whether or not it is below MaxShard
	Tables []overlay.Table // in the order of memory
	Levels []overlay.Level // of cells, from the lowest; one cell: the whole
}

// Describe measures a partition as New would lay it out.
func Describe(t *Topology) (Layout, error) {
	tables, shape, err := t.tables(codec.Rules{})
	if err != nil {
		return Layout{}, err
	}
	l := Layout{Levels: shape.Levels()}
	for _, tab := range tables {
		if tab.bytes > 0 {
			l.Tables = append(l.Tables, overlay.Table{Name: tab.name, Bytes: padded(tab.bytes)})
			l.Bytes += padded(tab.bytes)
		}
	}
	return l, nil
}
