package system

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/huntgraph/huntgraph/transport/identity"
)

// clusterFile holds the keys that sign the certificates of nodes, gateways and
// game servers.
const clusterFile = "cluster.pem"

// authority opens the folder's authority, or makes it.
func (f *Folder) authority() (*identity.Authority, error) {
	path := filepath.Join(f.Dir, clusterFile)
	data, err := readPrivate(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read the cluster's authority: %w", err)
	}
	a, err := identity.Open(data, func(b []byte) error { return writeSynced(path, b) }, time.Now)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// checkAuthority says what is wrong with the folder's authority, if there is one.
func checkAuthority(dir string) error {
	data, err := readPrivate(filepath.Join(dir, clusterFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil // the next start makes it
	}
	if err == nil {
		_, err = identity.Open(data, nil, time.Now)
	}
	return err
}

// IssueIdentity writes a file with a certificate for another process, signed by
// the authority of a data folder that may be in use.
func IssueIdentity(dir, out string, role identity.Role, name string) error {
	data, err := readPrivate(filepath.Join(dir, clusterFile))
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s: %w; the first `hunt dev` on a folder makes its authority", dir, ErrNoHunt)
	}
	if err != nil {
		return fmt.Errorf("read the cluster's authority: %w", err)
	}
	a, err := identity.Open(data, nil, time.Now)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(dir, clusterFile), err)
	}
	issued, err := a.Issue(role, name)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the certificate: %w", err)
	}
	_, err = file.Write(issued)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(fmt.Errorf("write the certificate: %w", err), os.Remove(out))
	}
	return nil
}
