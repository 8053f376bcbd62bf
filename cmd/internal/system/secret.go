package system

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/actor"
)

// The secret of a hunt lies in its data folder, for its owner alone: who knows it
// knows where the treasures of all rounds are (I13). The plan names its SHA-256,
// so that another secret is never taken for it.

// makeSecret draws a secret, writes it, and gives its fingerprint.
func makeSecret(path string) (fingerprint string, err error) {
	var s actor.Secret
	_, _ = rand.Read(s[:]) // it never fails
	if err := writeSynced(path, []byte(hex.EncodeToString(s[:])+"\n")); err != nil {
		return "", fmt.Errorf("write the hunt's secret: %w", err)
	}
	return hashText(fingerprintOf(s)), nil
}

func fingerprintOf(s actor.Secret) codec.Hash { return sha256.Sum256(s[:]) }

// openSecret reads the folder's secret. Errors tell nothing of what is in the file.
func (f *Folder) openSecret() error {
	path := filepath.Join(f.Dir, secretFile)
	if f.Plan.Secret == "" {
		return fmt.Errorf("data folder %s was made by an older version, whose rounds could be predicted: its journal cannot be read any more; choose another --data-dir",
			f.Dir)
	}
	text, err := readPrivate(path)
	if err != nil {
		return fmt.Errorf("read the hunt's secret: %w; restore the file", err)
	}
	secret, err := hex.DecodeString(strings.TrimSuffix(string(text), "\n"))
	if copy(f.Secret[:], secret); err != nil || len(secret) != len(f.Secret) || hashText(fingerprintOf(f.Secret)) != f.Plan.Secret {
		return errors.New("read the hunt's secret from " + path + ": it is not what was written there; restore the file")
	}
	return nil
}
