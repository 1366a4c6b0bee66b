package main

import (
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// weather is how the relay treats datagrams, in both directions.
type weather struct {
	loss  float64
	delay time.Duration
}

// relay stands between a client and its far end, for the failures that real
// networks have and loopback has not.
type relay struct {
	socket  *net.UDPConn
	target  netip.AddrPort
	weather atomic.Pointer[weather]
	clients map[netip.AddrPort]func([]byte)
}

func runRelay(args []string) {
	flags := flag.NewFlagSet("relay", flag.ExitOnError)
	listen := flags.String("listen", "127.0.0.1:0", "`address` that clients use as their endpoint")
	to := flags.String("to", "", "the far end's `address`")
	flags.Parse(args)
	address, err := netip.ParseAddrPort(*listen)
	orExit(err)
	target, err := netip.ParseAddrPort(*to)
	orExit(err)
	if !address.Addr().IsLoopback() || !target.Addr().IsLoopback() {
		orExit(fmt.Errorf("%s to %s: both must be loopback addresses", *listen, *to))
	}
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(address))
	orExit(err)
	socket.SetReadBuffer(4 << 20)
	hop := &relay{socket: socket, target: target, clients: map[netip.AddrPort]func([]byte){}}
	hop.weather.Store(&weather{})
	go hop.run()
	announce(map[string]string{"listen": socket.LocalAddr().String()})
	untilStdinCloses(func(line string) {
		if err := hop.obey(line); err != nil {
			fmt.Println("error:", err)
			return
		}
		fmt.Println("ok")
	})
	os.Exit(0)
}

// obey carries out one command: drop, pass, loss FRACTION, delay DURATION.
func (hop *relay) obey(line string) error {
	command, value, _ := strings.Cut(line, " ")
	next := *hop.weather.Load()
	var err error
	switch command {
	case "drop":
		next.loss = 1
	case "pass":
		next = weather{}
	case "loss":
		next.loss, err = strconv.ParseFloat(value, 64)
	case "delay":
		next.delay, err = time.ParseDuration(value)
	default:
		err = fmt.Errorf("unknown command %q", line)
	}
	if err == nil {
		hop.weather.Store(&next)
	}
	return err
}
