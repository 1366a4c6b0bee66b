package main

import (
	"bytes"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"
)

// run takes the clients' datagrams; each client gets a socket of its own
// towards the far end, or their answers could not be told apart.
func (hop *relay) run() {
	datagram := make([]byte, 65535)
	for {
		size, client, err := hop.socket.ReadFromUDPAddrPort(datagram)
		if err != nil {
			return
		}
		send, known := hop.clients[client]
		if !known {
			send = hop.welcome(client)
			hop.clients[client] = send
		}
		send(datagram[:size])
	}
}

func (hop *relay) welcome(client netip.AddrPort) func([]byte) {
	outward, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(hop.target))
	orExit(err)
	outward.SetReadBuffer(4 << 20)
	back := hop.lane(func(datagram []byte) { hop.socket.WriteToUDPAddrPort(datagram, client) })
	go func() {
		datagram := make([]byte, 65535)
		for {
			// An error is the far end's port being closed for now; it may reopen.
			if size, err := outward.Read(datagram); err == nil {
				back(datagram[:size])
			}
		}
	}()
	return hop.lane(func(datagram []byte) { outward.Write(datagram) })
}

// lane is one direction of one client: it loses or delays, but keeps order.
func (hop *relay) lane(deliver func([]byte)) func([]byte) {
	type letter struct {
		due     time.Time
		content []byte
	}
	queue := make(chan letter, 8192)
	go func() {
		for next := range queue {
			time.Sleep(time.Until(next.due))
			// Decided on arrival, so that a black hole swallows what is under way.
			if rand.Float64() >= hop.weather.Load().loss {
				deliver(next.content)
			}
		}
	}()
	return func(datagram []byte) {
		select {
		case queue <- letter{time.Now().Add(hop.weather.Load().delay), bytes.Clone(datagram)}:
		default: // a full queue loses, like any router's
		}
	}
}
