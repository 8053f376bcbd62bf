package main

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// The files of a token key: FILE and FILE.pub.
const (
	publicSuffix = ".pub"
	privateBlock = "PRIVATE KEY" // PKCS #8
	publicBlock  = "PUBLIC KEY"  // PKIX
	makeAKey     = "make one with: hunt token key --out FILE"
)

// writeNewKey makes a key and its two files, neither of which may exist.
func writeNewKey(path string) error {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	privateDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("encode the private key: %w", err)
	}
	publicDER, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return fmt.Errorf("encode the public key: %w", err)
	}
	// The public one first: a private key is never left without it.
	if err := writeNew(path+publicSuffix, 0o644, publicBlock, publicDER); err != nil {
		return err
	}
	if err := writeNew(path, 0o600, privateBlock, privateDER); err != nil {
		return errors.Join(err, os.Remove(path+publicSuffix))
	}
	return nil
}

func writeNew(path string, mode fs.FileMode, block string, der []byte) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return usage(fmt.Errorf("%s exists and is not overwritten: choose another --out, or remove it", path))
	}
	if err != nil {
		return fmt.Errorf("write the key: %w", err)
	}
	err = pem.Encode(file, &pem.Block{Type: block, Bytes: der})
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write the key: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}

func readPrivateKey(path string) (ed25519.PrivateKey, error) {
	key, err := readKey(path)
	if err != nil {
		return nil, err
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s holds a public key, which cannot sign: give the private one", path)
	}
	return private, nil
}

// readPublicKey takes the public half from either file.
func readPublicKey(path string) (ed25519.PublicKey, error) {
	key, err := readKey(path)
	if err != nil {
		return nil, err
	}
	if private, ok := key.(ed25519.PrivateKey); ok {
		return private.Public().(ed25519.PublicKey), nil
	}
	return key.(ed25519.PublicKey), nil
}

// readKey reads an Ed25519 key, private or public.
func readKey(path string) (key crypto.PublicKey, err error) {
	if path == "" {
		return nil, usage(errors.New("--key is missing: name the file of a key; " + makeAKey))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, usage(fmt.Errorf("read the key: %w; %s", err, makeAKey))
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s is not a PEM file; %s", path, makeAKey)
	}
	switch block.Type {
	case privateBlock:
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case publicBlock:
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	default:
		return nil, fmt.Errorf("%s holds a %q, want a %q or %q; %s", path, block.Type, privateBlock, publicBlock, makeAKey)
	}
	if err != nil {
		return nil, fmt.Errorf("%s is damaged: %w; %s", path, err, makeAKey)
	}
	switch key.(type) {
	case ed25519.PrivateKey, ed25519.PublicKey:
		return key, nil
	}
	return nil, fmt.Errorf("%s holds a %T, tokens are signed with Ed25519; %s", path, key, makeAKey)
}
