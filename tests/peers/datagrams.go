package main

import (
	"fmt"
	"log"
	"net"
	"sync"
	"time"
)

// datagramTunnel is one [UDPProxyTunnel]: each client address has its own
// conversation inside the tunnel.
type datagramTunnel struct {
	socket  *net.UDPConn
	idle    time.Duration
	dial    func() (net.Conn, error)
	lock    sync.Mutex
	clients map[string]net.Conn
}

func serveUDP(through *tunnel, config listenerConfig) {
	address, err := net.ResolveUDPAddr("udp", config.bind)
	if err != nil {
		fatal(fmt.Errorf("UDPProxyTunnelConfig: could not resolve bind address %s: %w", config.bind, err))
	}
	socket, err := net.ListenUDP("udp", address)
	if err != nil {
		fatal(fmt.Errorf("UDPProxyTunnelConfig: could not listen on %s: %w", config.bind, err))
	}
	log.Printf("UDPProxyTunnel listening on %s, forwarding to %s", config.bind, config.target)
	datagrams := &datagramTunnel{
		socket: socket, idle: time.Duration(config.inactivity) * time.Second, clients: map[string]net.Conn{},
		dial: func() (net.Conn, error) {
			inner, err := through.inner.Dial("udp", config.target)
			if err != nil {
				return nil, fmt.Errorf("UDPProxyTunnel: could not Dial(%s): %w", config.target, err)
			}
			return inner, nil
		},
	}
	datagrams.run()
}

func (datagrams *datagramTunnel) run() {
	datagram := make([]byte, 65535)
	for {
		size, client, err := datagrams.socket.ReadFromUDP(datagram)
		if err != nil {
			return
		}
		inner, err := datagrams.conversation(client)
		if err != nil {
			errorLog.Printf("UDPProxyTunnel: getOrCreateSession failed for %s: %v", client, err)
			continue
		}
		inner.Write(datagram[:size])
		datagrams.touch(inner)
	}
}

// touch postpones the end of a conversation; without a limit it has none.
func (datagrams *datagramTunnel) touch(inner net.Conn) {
	if datagrams.idle > 0 {
		inner.SetReadDeadline(time.Now().Add(datagrams.idle))
	}
}

func (datagrams *datagramTunnel) conversation(client *net.UDPAddr) (net.Conn, error) {
	datagrams.lock.Lock()
	defer datagrams.lock.Unlock()
	if inner, known := datagrams.clients[client.String()]; known {
		return inner, nil
	}
	inner, err := datagrams.dial()
	if err != nil {
		return nil, err
	}
	datagrams.clients[client.String()] = inner
	go datagrams.answers(client, inner)
	return inner, nil
}

func (datagrams *datagramTunnel) answers(client *net.UDPAddr, inner net.Conn) {
	datagram := make([]byte, 65535)
	for {
		size, err := inner.Read(datagram)
		if err != nil { // idle for too long, or the tunnel is gone
			break
		}
		datagrams.socket.WriteToUDP(datagram[:size], client)
		datagrams.touch(inner)
	}
	datagrams.lock.Lock()
	delete(datagrams.clients, client.String())
	datagrams.lock.Unlock()
	inner.Close()
}
