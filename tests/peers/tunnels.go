package main

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"os"
)

// bufferedConn is a connection of which something was read ahead.
type bufferedConn struct {
	net.Conn
	input *bufio.Reader
}

func (conn bufferedConn) Read(bytes []byte) (int, error) { return conn.input.Read(bytes) }

// joinAndClose carries both directions and closes all once either ends: outside
// SOCKS the real program knows no half-closed connections.
func joinAndClose(one, other io.ReadWriteCloser, report func(error)) {
	copyHalf := func(to io.WriteCloser, from io.ReadCloser) {
		if _, err := io.Copy(to, from); err != nil {
			report(err)
		}
		to.Close()
		from.Close()
	}
	go copyHalf(one, other)
	go copyHalf(other, one)
}

// broken reports the end of the half that the other half's end cut off, too.
func broken(err error) { errorLog.Printf("Cannot forward traffic: %v", err) }

// unreported is for HTTP, whose proxy says nothing of it.
func unreported(error) {}

// serveTCPClient listens here and connects inside the tunnel. Failures leave the
// connection open and name themselves oddly; both are the real program's ways.
func serveTCPClient(through *tunnel, config listenerConfig) {
	to := parseTarget(config.target)
	listener, err := net.ListenTCP("tcp", config.tcpBind)
	fatal(err)
	accept(listener, func(client net.Conn) {
		address, err := through.resolveTarget(to)
		if err != nil {
			errorLog.Printf("TCP Server Tunnel to %v: %v", address, err)
			return
		}
		server, err := through.inner.DialTCPAddrPort(*address)
		if err != nil {
			errorLog.Printf("TCP Client Tunnel to %v: %v", address, err)
			return
		}
		joinAndClose(client, server, broken)
	})
}

// serveTCPServer listens inside the tunnel and connects here.
func serveTCPServer(through *tunnel, config listenerConfig) {
	to := parseTarget(config.target)
	listener, err := through.inner.ListenTCPAddrPort(netip.AddrPortFrom(netip.Addr{}, uint16(config.port)))
	fatal(err)
	accept(listener, func(client net.Conn) {
		address, err := through.resolveTarget(to)
		if err != nil {
			errorLog.Printf("TCP Server Tunnel to %v: %v", address, err)
			return
		}
		server, err := net.Dial("tcp", address.String())
		if err != nil {
			errorLog.Printf("TCP Server Tunnel to %v: %v", address, err)
			return
		}
		joinAndClose(client, server, broken)
	})
}

type standardStreams struct {
	io.Reader
	io.Writer
}

// Close keeps the streams: others may still write to them.
func (standardStreams) Close() error { return nil }

// serveStdio joins this process' own input and output to a far connection.
func serveStdio(through *tunnel, config listenerConfig) {
	to := parseTarget(config.target)
	address, err := through.resolveTarget(to)
	if err != nil {
		errorLog.Printf("TCP Client Tunnel to %v: %v", address, err)
		return
	}
	server, err := through.inner.DialTCPAddrPort(*address)
	if err != nil {
		errorLog.Printf("TCP Client Tunnel to %v (%v): %v", config.target, address, err)
		return
	}
	joinAndClose(standardStreams{os.Stdin, os.Stdout}, server, broken)
}
