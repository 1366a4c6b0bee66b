package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"time"
)

// serveSNI takes TLS connections and joins each to port 443 of the server that
// its first message names.
func serveSNI(through *tunnel, config listenerConfig) {
	listener, err := net.Listen("tcp", config.bind)
	fatal(err)
	accept(listener, func(client net.Conn) {
		if err := forwardSNI(through, client); err != nil {
			log.Printf("SNI proxy: %v", err)
			client.Close()
		}
	})
}

func forwardSNI(through *tunnel, client net.Conn) error {
	var greeting bytes.Buffer
	name, err := serverName(io.TeeReader(client, &greeting))
	if err != nil {
		return fmt.Errorf("peek client hello failed: %w", err)
	}
	if name == "" {
		return errors.New("no SNI hostname in ClientHello")
	}
	server, err := through.inner.Dial("tcp", net.JoinHostPort(name, "443"))
	if err != nil {
		return fmt.Errorf("tun tcp dial failed: %w", err)
	}
	replayed := bufferedConn{client, bufio.NewReader(io.MultiReader(&greeting, client))}
	joinAndClose(replayed, server, broken)
	return nil
}

// serverName lets Go's own TLS read the greeting and stops it there.
func serverName(input io.Reader) (name string, err error) {
	enough := errors.New("greeting read")
	err = tls.Server(readOnlyConn{input}, &tls.Config{
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			name = hello.ServerName
			return nil, enough
		},
	}).Handshake()
	if errors.Is(err, enough) {
		err = nil
	}
	return name, err
}

// readOnlyConn swallows the alert that TLS wants to send when it is stopped.
type readOnlyConn struct{ io.Reader }

func (readOnlyConn) Write(bytes []byte) (int, error)  { return 0, io.ErrClosedPipe }
func (readOnlyConn) Close() error                     { return nil }
func (readOnlyConn) LocalAddr() net.Addr              { return nil }
func (readOnlyConn) RemoteAddr() net.Addr             { return nil }
func (readOnlyConn) SetDeadline(time.Time) error      { return nil }
func (readOnlyConn) SetReadDeadline(time.Time) error  { return nil }
func (readOnlyConn) SetWriteDeadline(time.Time) error { return nil }
