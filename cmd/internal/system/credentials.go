package system

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/cert"
)

// The credentials in a data folder, for its owner alone.
const (
	signerFile = "issuer.pem"  // what signs players' tokens, as `hunt token key` makes it
	certsFile  = "gateway.pem" // the gateway's certificates

	signerBlock = "PRIVATE KEY"       // PKCS #8
	certsName   = "huntgraph gateway" // in its certificates
)

// credentials are what a hunt's clients know it by. They are kept in the data folder, so
// that a hunt that starts again is the same one for its clients.
type credentials struct {
	signer ed25519.PrivateKey // of players' tokens
	certs  *cert.Keeper       // the gateway's
}

// openCredentials reads a folder's credentials, or makes them. What cannot be read is
// replaced, which is logged: clients ask for new ones.
func openCredentials(dir string, now time.Time, log *slog.Logger) (c credentials, err error) {
	path := filepath.Join(dir, signerFile)
	text, err := readCredential(path)
	if err == nil && text != nil {
		c.signer, err = parseSigner(text)
	}
	if err != nil {
		log.Warn("the key that signs tokens is made anew, and tokens of before are not taken any more", "file", path, "err", err)
	}
	if c.signer == nil {
		if c.signer, err = makeSigner(path); err != nil {
			return c, fmt.Errorf("make the key that signs tokens: %w", err)
		}
	}
	path = filepath.Join(dir, certsFile)
	save := func(text []byte) error { return writeSynced(path, text) }
	text, err = readCredential(path)
	if err == nil {
		c.certs, err = cert.NewKeeper(certsName, text, now, save)
	}
	if err != nil {
		log.Warn("the gateway's certificates are made anew, and clients have to ask for their hashes", "file", path, "err", err)
		c.certs, err = cert.NewKeeper(certsName, nil, now, save)
	}
	return c, err
}

// reset is a secret of the gateways of this folder: with it one tells the clients of
// the one before that their sessions have ended.
func (c *credentials) reset() codec.Hash {
	key, err := hkdf.Key(sha256.New, c.signer.Seed(), nil, "huntgraph stateless reset", len(codec.Hash{}))
	if err != nil {
		panic("system: a key of 32 bytes cannot be derived: " + err.Error()) // it is far below the limit
	}
	return codec.Hash(key)
}

// checkCredentials tells what is wrong with a folder's credentials, by file.
func checkCredentials(dir string, now time.Time, found func(file string, err error)) {
	text, err := readCredential(filepath.Join(dir, signerFile))
	if err == nil && text != nil {
		_, err = parseSigner(text)
	}
	if err != nil {
		found(signerFile, err)
	}
	text, err = readCredential(filepath.Join(dir, certsFile))
	if err == nil && text != nil {
		_, err = cert.NewKeeper(certsName, text, now, func([]byte) error { return nil })
	}
	if err != nil {
		found(certsFile, err)
	}
}

func parseSigner(text []byte) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != signerBlock {
		return nil, errors.New("it is no PEM file of a private key")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("it holds a %T, tokens are signed with Ed25519", key)
	}
	return signer, nil
}

func makeSigner(path string) (ed25519.PrivateKey, error) {
	_, signer, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return nil, err
	}
	return signer, writeSynced(path, pem.EncodeToMemory(&pem.Block{Type: signerBlock, Bytes: der}))
}

// readCredential is what is in the file; nil if there is none.
func readCredential(path string) ([]byte, error) {
	text, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}
