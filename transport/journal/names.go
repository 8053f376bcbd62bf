package journal

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/huntgraph/huntgraph/codec"
)

// names are what a hunt's streams, subjects and bucket are called; see the package's documentation.
type names struct{ enc string }

func namesOf(hunt string) (names, error) {
	if hunt == "" || len(hunt) > MaxHunt {
		return names{}, fmt.Errorf("journal: a hunt's name has 1 to %d bytes, %q has %d", MaxHunt, hunt, len(hunt))
	}
	return names{encode(hunt)}, nil
}

// encode is injective: '_' stands only before two hex digits. Upper-case
// letters are escaped too, because streams are folders and some file systems
// fold case.
func encode(hunt string) string {
	const hex = "0123456789abcdef"
	b := make([]byte, 0, 3*len(hunt))
	for i := range len(hunt) {
		c := hunt[i]
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' {
			b = append(b, c)
		} else {
			b = append(b, '_', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}

func (n names) logStream(p codec.PartitionID, r codec.Round) string {
	return fmt.Sprintf("hunt-%s-p%d-r%d", n.enc, p, r)
}

func (n names) logSubject(p codec.PartitionID, r codec.Round) string {
	return n.logSubjects(p) + decimal(r)
}

func (n names) logSubjects(p codec.PartitionID) string {
	return fmt.Sprintf("hunt.%s.p.%d.", n.enc, p)
}

func (n names) eventStream(r codec.Round) string {
	return fmt.Sprintf("hunt-%s-events-r%d", n.enc, r)
}

func (n names) eventSubject(r codec.Round) string { return n.eventSubjects() + decimal(r) }

func (n names) eventSubjects() string { return "hunt." + n.enc + ".e." }

func (n names) liveSubjects() string { return "hunt." + n.enc + ".live." }

func (n names) bucket() string { return "hunt-" + n.enc }

func (n names) bucketStream() string { return "OBJ_" + n.bucket() }

// descriptions is what the subjects of objects' descriptions begin with; the
// object's name follows, in base64.
func (n names) descriptions() string { return "$O." + n.bucket() + ".M." }

// chunks is the subject of an object's chunks, which share an id.
func (n names) chunks(id string) string { return "$O." + n.bucket() + ".C." + id }

func (n names) description(object string) string {
	return n.descriptions() + base64.URLEncoding.EncodeToString([]byte(object))
}

func snapshotName(p codec.PartitionID, at codec.Index) string {
	return fmt.Sprintf("%d/%d/%d", p, at.Round, at.Seq)
}

// parseSnapshotName reads a name that snapshotName made.
func parseSnapshotName(name string) (p codec.PartitionID, at codec.Index, ok bool) {
	_, err := fmt.Sscanf(name, "%d/%d/%d", &p, &at.Round, &at.Seq)
	return p, at, err == nil && name == snapshotName(p, at)
}

func archiveName(r codec.Round) string { return "events/" + decimal(r) }

// parseArchiveName reads a name that archiveName made.
func parseArchiveName(name string) (r codec.Round, ok bool) {
	_, err := fmt.Sscanf(name, "events/%d", &r)
	return r, err == nil && name == archiveName(r)
}

func decimal(r codec.Round) string { return strconv.FormatUint(uint64(r), 10) }

// roundOf reads the round at the end of a stream's name or a subject; the
// number follows the last separator.
func roundOf(name, separator string) (codec.Round, bool) {
	n, err := strconv.ParseUint(name[strings.LastIndex(name, separator)+len(separator):], 10, 32)
	return codec.Round(n), err == nil
}
