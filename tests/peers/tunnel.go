package main

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun"
	"golang.zx2c4.com/wireguard/tun/netstack"
)

// tunnel is the stand-in once its WireGuard device is up.
type tunnel struct {
	*standInConfig
	device *device.Device
	inner  *netstack.Net
}

func openTunnel(config *standInConfig, logger *device.Logger) *tunnel {
	network, inner, err := netstack.CreateNetTUN(config.addresses, config.dns, config.mtu)
	fatal(err)
	events := make(chan tun.Event, 1)
	wireguard := device.NewDevice(lateEvents{network, events}, conn.NewDefaultBind(), logger)
	fatal(wireguard.IpcSet(config.wireguard))
	fatal(wireguard.Up())
	events <- tun.EventUp
	return &tunnel{config, wireguard, inner}
}

// lateEvents holds the network's own "up" back until we have brought the device
// up ourselves. WireGuard tries on either, and if it tried on the event first, a
// taken ListenPort would not be fatal: the second try takes any port.
type lateEvents struct {
	tun.Device
	events chan tun.Event
}

func (network lateEvents) Events() <-chan tun.Event { return network.events }

// openListeners opens all at once: which of several broken ones ends the process
// is as open as in the real program.
func (through *tunnel) openListeners() {
	kinds := map[string]func(*tunnel, listenerConfig){
		"socks5": serveSOCKS, "http": serveHTTP, "sni": serveSNI, "stdiotunnel": serveStdio,
		"tcpclienttunnel": serveTCPClient, "tcpservertunnel": serveTCPServer, "udpproxytunnel": serveUDP,
	}
	for _, listener := range through.listeners {
		go kinds[listener.kind](through, listener)
	}
}

// lookUp finds a name's address: inside the tunnel if the config names servers,
// otherwise with the system's resolver, outside.
func (through *tunnel) lookUp(ctx context.Context, name string) (netip.Addr, error) {
	resolve := net.DefaultResolver.LookupHost
	if len(through.dns) > 0 {
		resolve = through.inner.LookupContextHost
	}
	texts, err := resolve(ctx, name)
	if err != nil {
		return netip.Addr{}, err
	}
	var four, six []netip.Addr
	for _, text := range texts {
		if address, err := netip.ParseAddr(text); err != nil {
			return netip.Addr{}, err
		} else if address.Is4() {
			four = append(four, address)
		} else {
			six = append(six, address)
		}
	}
	rand.Shuffle(len(four), func(i, j int) { four[i], four[j] = four[j], four[i] })
	preferred := map[string][]netip.Addr{
		"auto": append(four, six...), "ipv4": append(four, six...), "ipv6": append(six, four...),
	}[through.strategy]
	if len(preferred) == 0 {
		return netip.Addr{}, fmt.Errorf("no address found for: %s", name)
	}
	return preferred[0], nil
}

// target is a tunnel section's destination; its host may be a name.
type target struct {
	host string
	port uint16
}

// parseTarget ends the process for a target that can never be dialled.
func parseTarget(text string) target {
	host, digits, err := net.SplitHostPort(text)
	fatal(err)
	port, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		fatal(&net.OpError{Op: "dial", Err: fmt.Errorf("port must be numeric")})
	}
	return target{host, uint16(port)}
}

// resolveTarget returns nil with the error, and that is what gets printed.
func (through *tunnel) resolveTarget(to target) (*netip.AddrPort, error) {
	address, err := netip.ParseAddr(to.host)
	if err != nil {
		if address, err = through.lookUp(context.Background(), to.host); err != nil {
			return nil, err
		}
	}
	resolved := netip.AddrPortFrom(address, to.port)
	return &resolved, nil
}

// accept hands every connection to handle; a listener that breaks is fatal.
func accept(listener net.Listener, handle func(net.Conn)) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go handle(connection)
	}
}
