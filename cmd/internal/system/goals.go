package system

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/huntgraph/huntgraph/codec"
)

// ParseGoals reads named goals, as exit=120,camp=7: a name and a node each. The
// order numbers them from 1.
func ParseGoals(text string) (goals []codec.Goal, err error) {
	if text == "" {
		return nil, nil
	}
	seen := map[codec.Name]bool{}
	for _, pair := range strings.Split(text, ",") {
		name, number, ok := strings.Cut(pair, "=")
		node, err := strconv.ParseUint(number, 10, 32)
		if !ok || err != nil || codec.NodeID(node) == codec.NoNode {
			return nil, fmt.Errorf("goal %q: want a name and a node, as exit=120", pair)
		}
		g := codec.Goal{Name: codec.NameOf(name), Node: codec.NodeID(node)}
		switch {
		case name == "" || g.Name.String() != name:
			return nil, fmt.Errorf("goal %q: want a name of at most %d bytes, of characters that can be shown", pair, codec.MaxName)
		case seen[g.Name]:
			return nil, fmt.Errorf("goal %q: there is another one of that name", pair)
		}
		seen[g.Name] = true
		goals = append(goals, g)
	}
	if len(goals) > codec.MaxGoals {
		return nil, fmt.Errorf("%d goals: a hunt has at most %d", len(goals), codec.MaxGoals)
	}
	return goals, nil
}

// goals are the folder's hunt's, which its world must have.
func (f *Folder) goals() (list [codec.MaxGoals]codec.Goal, named []codec.Goal, err error) {
	if named, err = ParseGoals(f.Plan.Goals); err != nil {
		return list, nil, err
	}
	for _, g := range named {
		if int(g.Node) >= f.World.Nodes() {
			return list, nil, fmt.Errorf("goal %s=%d: the world has nodes 0 to %d", g.Name, g.Node, f.World.Nodes()-1)
		}
	}
	copy(list[:], named)
	return list, named, nil
}
