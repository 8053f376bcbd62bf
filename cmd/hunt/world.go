package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/cmd/internal/system"
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/overlay"
	"github.com/huntgraph/huntgraph/partition/world"
)

// worldCommand is `hunt world`: what one does with worlds before a hunt.
func worldCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "world",
		Short: "Import, generate and look into worlds",
		Long: "A world is the immutable graph of a hunt with its base weights, cut into partitions,\n" +
			"in a .world file that nodes map into memory.",
	}
	cmd.AddCommand(worldImportCommand(), worldGenCommand(), worldInspectCommand(), worldCheckCommand())
	return cmd
}

// worldResult is what the world verbs print about a .world file.
type worldResult struct {
	File         string            `json:"file"`
	Name         string            `json:"name"`
	Source       string            `json:"source"`
	Hash         string            `json:"hash"`         // the first 16 digits of the content hash
	ContentHash  string            `json:"content_hash"` // all of it
	Nodes        int               `json:"nodes"`
	Edges        int               `json:"edges"`
	BorderEdges  int               `json:"border_edges"`
	Scale        uint32            `json:"scale"` // a length divided by it is one of the source
	WeightMin    uint32            `json:"weight_min"`
	WeightMax    uint32            `json:"weight_max"`
	Bytes        int64             `json:"bytes"`
	BytesPerEdge float64           `json:"bytes_per_edge"`
	Shard        shardResult       `json:"shard"`
	Levels       []levelResult     `json:"levels"`
	Tables       []tableResult     `json:"tables"`
	Partitions   []partitionResult `json:"partitions"`
}

// shardResult is what nodes will hold in memory of all partitions, beside the
// mapped file.
type shardResult struct {
	BytesMax     int     `json:"bytes_max"`       // of a partition
	BytesPerEdge float64 `json:"bytes_per_edge"`  // of all together
	AllInPerEdge float64 `json:"all_in_per_edge"` // with the file, which is mapped
	Fits         bool    `json:"fits"`            // none is above 32 MiB
}

// levelResult is a level of nested cells, of all partitions.
type levelResult struct {
	Level     int `json:"level"` // 1 is the lowest
	Cells     int `json:"cells"`
	Points    int `json:"points"` // nodes that link two cells, or two partitions
	NodesMax  int `json:"nodes_max"`
	PointsMax int `json:"points_max"`
	Entries   int `json:"clique_entries"` // distances between the points of a cell
}

// tableResult is a kind of table, of all shards.
type tableResult struct {
	Table        string  `json:"table"`
	Bytes        int     `json:"bytes"`
	BytesPerEdge float64 `json:"bytes_per_edge"`
}

type partitionResult struct {
	Partition   int    `json:"partition"`
	Nodes       uint32 `json:"nodes"`
	Main        uint32 `json:"main"` // the nodes that are connected both ways: players and treasures are there
	Edges       uint32 `json:"edges"`
	BorderEdges int    `json:"border_edges"`
	Entries     int    `json:"entries"` // nodes that edges of other partitions lead to
	Cells       int    `json:"cells"`   // of the lowest level
	ShardBytes  int    `json:"shard_bytes"`
}

// describeWorld tells what is in the world of a file.
func describeWorld(file string, w *world.World) (worldResult, error) {
	hash := w.Hash()
	text := hex.EncodeToString(hash[:])
	r := worldResult{
		File: file, Name: w.Name, Source: w.Source,
		Hash: text[:16], ContentHash: text,
		Nodes: w.Nodes(), Edges: w.Edges(), Scale: w.Scale, Bytes: w.Size(),
		Partitions: make([]partitionResult, 0, w.Partitions()), Levels: []levelResult{}, Tables: []tableResult{},
	}
	if w.Edges() > 0 {
		r.WeightMin, r.WeightMax = slices.Min(w.Base), slices.Max(w.Base)
		r.BytesPerEdge = r.perEdge(int(r.Bytes))
	}
	shards := 0
	for p, c := range w.Cut {
		border := w.BorderEdges(codec.PartitionID(p))
		r.BorderEdges += border
		topo := partition.Topology(w.Part(codec.PartitionID(p)))
		l, err := partition.Describe(&topo)
		if err != nil {
			return r, fmt.Errorf("partition %d: %w", p, err)
		}
		r.addLevels(l.Levels)
		r.addTables(l.Tables)
		shards += l.Bytes
		r.Shard.BytesMax = max(r.Shard.BytesMax, l.Bytes)
		cells := 1 // the whole
		if len(l.Levels) > 0 {
			cells = l.Levels[0].Cells
		}
		r.Partitions = append(r.Partitions, partitionResult{p, c.Nodes, c.Main, c.Edges, border, len(topo.Entries), cells, l.Bytes})
	}
	r.Shard.Fits = r.Shard.BytesMax <= partition.MaxShard
	r.Shard.BytesPerEdge, r.Shard.AllInPerEdge = r.perEdge(shards), r.perEdge(shards+int(r.Bytes))
	for i := range r.Tables {
		r.Tables[i].BytesPerEdge = r.perEdge(r.Tables[i].Bytes)
	}
	return r, nil
}

// perEdge is a number of bytes an edge, with two decimals.
func (r *worldResult) perEdge(bytes int) float64 { return float64(bytes*100/max(r.Edges, 1)) / 100 }

func (r *worldResult) addLevels(levels []overlay.Level) {
	for i, l := range levels {
		if i == len(r.Levels) {
			r.Levels = append(r.Levels, levelResult{Level: i + 1})
		}
		sum := &r.Levels[i]
		sum.Cells, sum.Points, sum.Entries = sum.Cells+l.Cells, sum.Points+l.Points, sum.Entries+l.Entries
		sum.NodesMax, sum.PointsMax = max(sum.NodesMax, l.MaxNodes), max(sum.PointsMax, l.MaxPoints)
	}
}

func (r *worldResult) addTables(tables []overlay.Table) {
	for _, t := range tables {
		i := slices.IndexFunc(r.Tables, func(have tableResult) bool { return have.Table == t.Name })
		if i < 0 {
			i = len(r.Tables)
			r.Tables = append(r.Tables, tableResult{Table: t.Name})
		}
		r.Tables[i].Bytes += t.Bytes
	}
}

// buildWorld cuts a graph, writes it to out and prints what came of it.
// Partitions of 0 are as many as the graph needs.
func buildWorld(cmd *cobra.Command, g *world.Graph, partitions int, out string) error {
	watch, finish := stages(cmd.Context(), cmd.ErrOrStderr())
	w, err := system.CutWorld(g, partitions, partition.DefaultRules(), watch)
	finish()
	if err != nil {
		return err
	}
	if err := w.Write(out); err != nil {
		return err
	}
	r, err := describeWorld(out, w)
	if err != nil {
		return err
	}
	return printResult(cmd, r)
}

// usageIfMissing marks the error of a file that the user named and that is not there.
func usageIfMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return usage(err)
	}
	return err
}

// requireOut adds the flag that names the file to write.
func requireOut(cmd *cobra.Command, out *string) {
	cmd.Flags().StringVar(out, "out", "", "the .world file to write (replaced if it is there)")
	if err := cmd.MarkFlagRequired("out"); err != nil {
		panic(err) // the flag was added the line before
	}
}
