package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"golang.org/x/crypto/curve25519"
)

// newPrivateKey makes a WireGuard private key, in base64 as configs have it.
func newPrivateKey() string {
	var key [32]byte
	rand.Read(key[:])
	// The same three bits every WireGuard tool fixes, so that the text which a
	// test writes into a config is the key that is really used.
	key[0] &= 248
	key[31] = key[31]&127 | 64
	return base64.StdEncoding.EncodeToString(key[:])
}

// publicKey derives the public key of a private one, both in base64.
func publicKey(private string) string {
	key, err := base64.StdEncoding.DecodeString(private)
	orExit(err)
	public, err := curve25519.X25519(key, curve25519.Basepoint)
	orExit(err)
	return base64.StdEncoding.EncodeToString(public)
}

// hexKey turns a base64 key into the hexadecimal that WireGuard's own
// configuration protocol speaks.
func hexKey(text string) (string, error) {
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != 32 {
		return "", fmt.Errorf("not a WireGuard key: %q", text)
	}
	return hex.EncodeToString(key), nil
}
