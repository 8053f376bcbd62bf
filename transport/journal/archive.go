package journal

import (
	"context"
	"fmt"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
)

// PutArchive stores what is kept of a round's events, at most MaxSnapshot bytes,
// in the hunt's object store, and returns once it is durable. An older one of the
// same round is replaced then.
func (e *Events) PutArchive(ctx context.Context, round codec.Round, data []byte) error {
	if err := e.j.put(ctx, archiveName(round), data); err != nil {
		return fmt.Errorf("journal: storing the archive of round %d: %w", round, err)
	}
	return nil
}

// Archive reads a round's archive: ErrNoArchive when there is none; one that is
// not as it was put gives an error that names the round and wraps ErrDamaged.
func (e *Events) Archive(ctx context.Context, round codec.Round) ([]byte, error) {
	data, err := e.j.object(ctx, archiveName(round))
	if err != nil {
		return nil, fmt.Errorf("journal: reading the archive of round %d: %w", round, orNone(err, ErrNoArchive))
	}
	return data, nil
}

// Archives lists the rounds that have an archive, rising, also of those that
// cannot be read.
func (e *Events) Archives(ctx context.Context) ([]codec.Round, error) {
	names, err := e.j.objects(ctx)
	if err != nil {
		return nil, fmt.Errorf("journal: listing the archives: %w", err)
	}
	var all []codec.Round
	for _, name := range names {
		if round, ok := parseArchiveName(name); ok {
			all = append(all, round)
		}
	}
	slices.Sort(all)
	return all, nil
}
