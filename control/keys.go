package control

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control/plan"
)

// The key layout, under a prefix with the layout's version:
//
//	/huntgraph/1/table/nodes/<node>                      a living node, under its lease; create revision = incarnation
//	/huntgraph/1/table/hunts/<tenant>/<room>             a declared hunt
//	/huntgraph/1/table/partitions/<tenant>/<room>/<5 digits>  an assignment; mod revision = codec.Epoch
//	/huntgraph/1/watermarks/<tenant>/<room>/<node>       what this node knows durable, all its partitions in one value
//	/huntgraph/1/forks/<tenant>/<room>                   the hunt's named forks
//	/huntgraph/1/rollbacks/<tenant>/<room>/<10 digits>-<5 digits>  an order to roll back at that round and tick
//	/huntgraph/1/floors/<tenant>/<room>                  from where on partitions' journals must be whole
//	/huntgraph/1/controller/<lease>                      the controllers' election
//
// Everything that the controller, nodes and gateways watch is below table/, so
// that one watch sees it in one order and the watermarks, written every second,
// wake nobody. Values are JSON for people, watermarks binary.
const (
	keyRoot       = "/huntgraph/1/"
	keyTable      = keyRoot + "table/"
	keyNodes      = keyTable + "nodes/"
	keyHunts      = keyTable + "hunts/"
	keyPartitions = keyTable + "partitions/"
	keyWatermarks = keyRoot + "watermarks/"
	keyForks      = keyRoot + "forks/"
	keyRollbacks  = keyRoot + "rollbacks/"
	keyFloors     = keyRoot + "floors/"
	keyElection   = keyRoot + "controller"
)

func nodeKey(name string) string { return keyNodes + name }
func huntKey(hunt string) string { return keyHunts + hunt }

func partitionKey(p plan.Place) string {
	return fmt.Sprintf("%s%s/%05d", keyPartitions, p.Hunt, p.Partition)
}

func watermarkKey(hunt, node string) string { return keyWatermarks + hunt + "/" + node }

func floorsKey(hunt string) string { return keyFloors + hunt }

// placeOf reads what partitionKey wrote.
func placeOf(key string) (plan.Place, error) {
	rest := strings.TrimPrefix(key, keyPartitions)
	at := strings.LastIndexByte(rest, '/')
	if at < 0 {
		return plan.Place{}, fmt.Errorf("key %s names no partition", key)
	}
	n, err := strconv.ParseUint(rest[at+1:], 10, 16)
	if err != nil {
		return plan.Place{}, fmt.Errorf("key %s names no partition: %w", key, err)
	}
	return plan.Place{Hunt: rest[:at], Partition: codec.PartitionID(n)}, nil
}

// CheckHunt says whether a hunt's name is one: tenant/room, at most
// codec.MaxHunt bytes, both parts of letters, digits, '.', '_' and '-'.
func CheckHunt(name string) error {
	tenant, room, ok := strings.Cut(name, "/")
	if !ok || !plain(tenant) || !plain(room) || len(name) > codec.MaxHunt {
		return fmt.Errorf("hunt %q: a hunt is named tenant/room, letters, digits, '.', '_' and '-', at most %d bytes", name, codec.MaxHunt)
	}
	return nil
}

func checkNode(name string) error {
	if !plain(name) || len(name) > MaxNode {
		return fmt.Errorf("node %q: a node's name is of letters, digits, '.', '_' and '-', at most %d bytes", name, MaxNode)
	}
	return nil
}

func plain(s string) bool {
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
		default:
			return false
		}
	}
	return s != ""
}
