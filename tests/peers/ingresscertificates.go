package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"
)

// makeCertificates makes an authority below a root that nobody is shown, as
// ngrok's is, and a server's certificate from it.
func makeCertificates(name string) (authority string, server tls.Certificate, err error) {
	root, rootKey, err := signCertificate("root", nil, nil, true)
	if err != nil {
		return "", server, err
	}
	middle, middleKey, err := signCertificate("authority", root, rootKey, true)
	if err != nil {
		return "", server, err
	}
	leaf, leafKey, err := signCertificate(name, middle, middleKey, false)
	if err != nil {
		return "", server, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: middle.Raw})
	return string(text), tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: leafKey}, nil
}

func signCertificate(name string, issuer *x509.Certificate, issuerKey *ecdsa.PrivateKey, isAuthority bool) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(48 * time.Hour),
		IsCA:                  isAuthority,
		BasicConstraintsValid: true,
	}
	if !isAuthority {
		template.DNSNames = []string{name}
	}
	if issuer == nil {
		issuer, issuerKey = template, key
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), issuerKey)
	if err != nil {
		return nil, nil, err
	}
	certificate, err := x509.ParseCertificate(raw)
	return certificate, key, err
}
