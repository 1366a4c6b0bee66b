package main

import (
	"net"
	"net/netip"

	"golang.zx2c4.com/wireguard/conn"
)

// loopbackBind is WireGuard's outer socket on one loopback address; the usual
// one of wireguard-go listens on every address of the machine.
type loopbackBind struct {
	address netip.AddrPort
	socket  *net.UDPConn
}

func (bind *loopbackBind) Open(uint16) ([]conn.ReceiveFunc, uint16, error) {
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(bind.address))
	if err != nil {
		return nil, 0, err
	}
	// The kernel's default holds about 150 full packets, fewer than one TCP
	// window of a single fast download.
	socket.SetReadBuffer(4 << 20)
	bind.socket, bind.address = socket, socket.LocalAddr().(*net.UDPAddr).AddrPort()
	receive := func(packets [][]byte, sizes []int, from []conn.Endpoint) (int, error) {
		size, sender, err := socket.ReadFromUDPAddrPort(packets[0])
		if err != nil {
			return 0, err
		}
		sizes[0], from[0] = size, &conn.StdNetEndpoint{AddrPort: sender}
		return 1, nil
	}
	return []conn.ReceiveFunc{receive}, bind.address.Port(), nil
}

func (bind *loopbackBind) Close() error {
	if bind.socket == nil {
		return nil
	}
	return bind.socket.Close()
}

func (bind *loopbackBind) Send(packets [][]byte, to conn.Endpoint) error {
	for _, packet := range packets {
		if _, err := bind.socket.WriteToUDPAddrPort(packet, to.(*conn.StdNetEndpoint).AddrPort); err != nil {
			return err
		}
	}
	return nil
}

func (bind *loopbackBind) ParseEndpoint(text string) (conn.Endpoint, error) {
	address, err := netip.ParseAddrPort(text)
	return &conn.StdNetEndpoint{AddrPort: address}, err
}

func (bind *loopbackBind) SetMark(uint32) error { return nil }
func (bind *loopbackBind) BatchSize() int       { return 1 }
