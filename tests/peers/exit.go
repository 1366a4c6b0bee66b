package main

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"syscall"

	"golang.zx2c4.com/wireguard/device"
)

// The far end's own address within the tunnel; client number n has 10.99.0.n+1
// and fd99::n+1 in hexadecimal.
const exitAddress, exitAddress6 = "10.99.0.1", "fd99::1"

type exitPeer struct {
	PublicKey string `json:"publicKey"`
	Address   string `json:"address"`
	Address6  string `json:"address6"`
}

// runExit is the WireGuard far end: whatever leaves the tunnel, for whichever
// address, arrives at the same port of this machine's 127.0.0.1.
func runExit(args []string) {
	flags := flag.NewFlagSet("exit", flag.ExitOnError)
	listen := flags.String("listen", "127.0.0.1:0", "loopback `address` for WireGuard's datagrams")
	private := flags.String("private", "", "this end's private `key` (default: a fresh one)")
	peers := flags.String("peer", "", "the clients' public `keys`, separated by commas, each with :PRESHARED if it has one")
	attached := flags.Bool("until-stdin-closes", false, "end when standard input does")
	verbose := flags.Bool("verbose", false, "WireGuard's own log on standard error")
	flags.Parse(args)

	if *private == "" {
		*private = newPrivateKey()
	}
	address, err := netip.ParseAddrPort(*listen)
	orExit(err)
	if !address.Addr().IsLoopback() {
		orExit(fmt.Errorf("%s is no loopback address", *listen))
	}
	network, err := newExitNetwork()
	orExit(err)
	bind := &loopbackBind{address: address}
	wireguard := device.NewDevice(network, bind, exitLogger(*verbose))
	settings, clients, err := exitSettings(*private, address.Port(), *peers)
	orExit(err)
	orExit(wireguard.IpcSet(settings))
	orExit(wireguard.Up())

	announce(struct {
		Listen    string     `json:"listen"`
		PublicKey string     `json:"publicKey"`
		Address   string     `json:"address"`
		Address6  string     `json:"address6"`
		Peers     []exitPeer `json:"peers"`
	}{bind.address.String(), publicKey(*private), exitAddress, exitAddress6, clients})
	if *attached {
		go func() {
			untilStdinCloses(func(string) {})
			os.Exit(0)
		}()
	}
	untilSignal(syscall.SIGTERM, syscall.SIGINT)
}

// exitSettings gives every client its own address, in the order named.
func exitSettings(private string, port uint16, peers string) (string, []exitPeer, error) {
	own, err := hexKey(private)
	if err != nil {
		return "", nil, err
	}
	settings := fmt.Sprintf("private_key=%s\nlisten_port=%d\n", own, port)
	clients := []exitPeer{}
	next, next6 := netip.MustParseAddr(exitAddress), netip.MustParseAddr(exitAddress6)
	for key := range strings.SplitSeq(peers, ",") {
		if key = strings.TrimSpace(key); key == "" {
			continue
		}
		key, shared, isShared := strings.Cut(key, ":")
		public, err := hexKey(key)
		if err != nil {
			return "", nil, err
		}
		next, next6 = next.Next(), next6.Next()
		settings += fmt.Sprintf("public_key=%s\nallowed_ip=%s/32\nallowed_ip=%s/128\n", public, next, next6)
		if isShared {
			secret, err := hexKey(shared)
			if err != nil {
				return "", nil, err
			}
			settings += fmt.Sprintf("preshared_key=%s\n", secret)
		}
		clients = append(clients, exitPeer{key, next.String(), next6.String()})
	}
	return settings, clients, nil
}

func exitLogger(verbose bool) *device.Logger {
	if verbose {
		return wireguardLogger()
	}
	return &device.Logger{Verbosef: device.DiscardLogf, Errorf: device.DiscardLogf}
}
