package main

import (
	"context"
	"errors"
	"net/netip"
	"os"

	"golang.zx2c4.com/wireguard/tun"
	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
)

const exitMTU = 1420

// exitNetwork is the tunnel's inner side: a tun.Device for WireGuard whose
// packets are read and answered by an IP stack in this process. wireguard-go's
// own netstack hides the stack, and with it the only way to take connections
// for addresses that are not its own.
type exitNetwork struct {
	link   *channel.Endpoint
	events chan tun.Event
	closed context.Context
	close  context.CancelFunc
}

func newExitNetwork() (*exitNetwork, error) {
	ip := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, ipv6.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol, udp.NewProtocol, icmp.NewProtocol4, icmp.NewProtocol6},
	})
	selective := tcpip.TCPSACKEnabled(true)
	ip.SetTransportProtocolOption(tcp.ProtocolNumber, &selective)
	network := &exitNetwork{link: channel.New(1024, exitMTU, ""), events: make(chan tun.Event, 1)}
	network.closed, network.close = context.WithCancel(context.Background())

	failures := []tcpip.Error{
		ip.CreateNIC(1, network.link),
		// Promiscuous: packets for any address are ours. Spoofing: answers carry
		// that address as their sender.
		ip.SetPromiscuousMode(1, true),
		ip.SetSpoofing(1, true),
		ip.AddProtocolAddress(1, protocolAddress(ipv4.ProtocolNumber, exitAddress), stack.AddressProperties{}),
		ip.AddProtocolAddress(1, protocolAddress(ipv6.ProtocolNumber, exitAddress6), stack.AddressProperties{}),
	}
	for _, failure := range failures {
		if failure != nil {
			return nil, errors.New(failure.String())
		}
	}
	ip.SetRouteTable([]tcpip.Route{
		{Destination: header.IPv4EmptySubnet, NIC: 1}, {Destination: header.IPv6EmptySubnet, NIC: 1},
	})
	ip.SetTransportProtocolHandler(tcp.ProtocolNumber, tcp.NewForwarder(ip, 0, 4096, forwardStream).HandlePacket)
	ip.SetTransportProtocolHandler(udp.ProtocolNumber, udp.NewForwarder(ip, forwardDatagrams).HandlePacket)
	network.events <- tun.EventUp
	return network, nil
}

func protocolAddress(protocol tcpip.NetworkProtocolNumber, text string) tcpip.ProtocolAddress {
	address := tcpip.AddrFromSlice(netip.MustParseAddr(text).AsSlice())
	return tcpip.ProtocolAddress{Protocol: protocol, AddressWithPrefix: address.WithPrefix()}
}

// Read hands WireGuard the stack's outgoing packets: it waits for one, then
// takes along what else is queued.
func (network *exitNetwork) Read(packets [][]byte, sizes []int, offset int) (int, error) {
	count := 0
	for packet := network.link.ReadContext(network.closed); packet != nil; packet = network.link.Read() {
		view := packet.ToView()
		sizes[count] = copy(packets[count][offset:], view.AsSlice())
		view.Release()
		packet.DecRef()
		if count++; count == len(packets) {
			break
		}
	}
	if count == 0 {
		return 0, os.ErrClosed
	}
	return count, nil
}

// Write gives the stack the packets that came out of the tunnel.
func (network *exitNetwork) Write(packets [][]byte, offset int) (int, error) {
	for _, packet := range packets {
		protocol := header.IPv4ProtocolNumber
		if header.IPVersion(packet[offset:]) == header.IPv6Version {
			protocol = header.IPv6ProtocolNumber
		}
		inbound := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(packet[offset:])})
		network.link.InjectInbound(protocol, inbound)
		inbound.DecRef()
	}
	return len(packets), nil
}

func (network *exitNetwork) Close() error {
	network.close()
	close(network.events)
	return nil
}

func (network *exitNetwork) File() *os.File           { return nil }
func (network *exitNetwork) MTU() (int, error)        { return exitMTU, nil }
func (network *exitNetwork) Name() (string, error)    { return "exit", nil }
func (network *exitNetwork) Events() <-chan tun.Event { return network.events }
func (network *exitNetwork) BatchSize() int           { return 64 }
