package main

import (
	"errors"
	"net"
)

// listenerConfig is any section that is neither WireGuard's nor [Resolve].
type listenerConfig struct {
	kind, bind, target, username, password, certificate, key string
	tcpBind                                                  *net.TCPAddr
	port, inactivity                                         int
}

// The order in which sections become listeners; names as go-ini folds them.
var listenerKinds = []string{"tcpclienttunnel", "stdiotunnel", "tcpservertunnel", "socks5", "http", "udpproxytunnel", "sni"}

func readListener(kind string, values section) listenerConfig {
	listener := listenerConfig{kind: kind}
	switch kind {
	case "socks5", "http":
		listener.bind = values.text("BindAddress")
		listener.username, listener.password = values.lenientText("Username"), values.lenientText("Password")
		listener.certificate, listener.key = values.lenientText("CertFile"), values.lenientText("KeyFile")
	case "tcpclienttunnel":
		var err error
		listener.bind = values.text("BindAddress")
		listener.tcpBind, err = net.ResolveTCPAddr("tcp", listener.bind)
		fatal(err)
		listener.target = values.text("Target")
	case "tcpservertunnel":
		listener.port = readPort(values)
		listener.target = values.text("Target")
	case "stdiotunnel":
		listener.target = values.text("Target")
	case "udpproxytunnel":
		listener.bind, listener.target = values.text("BindAddress"), values.text("Target")
		listener.inactivity = values.number("InactivityTimeout", 0)
	case "sni":
		listener.bind = values.text("BindAddress")
	}
	return listener
}

func readPort(values section) int {
	port, err := values.Key("ListenPort").Int()
	fatal(err)
	if port < 0 || port > 65535 {
		fatal(errors.New("port should be >= 0 and < 65536"))
	}
	return port
}

// sandboxedAddresses are those whose ports the real program tells its sandbox.
func (config *standInConfig) sandboxedAddresses(info string) (addresses []string) {
	if info != "" {
		addresses = append(addresses, info)
	}
	for _, listener := range config.listeners {
		switch listener.kind {
		case "socks5", "http", "sni":
			addresses = append(addresses, listener.bind)
		case "tcpservertunnel":
			addresses = append(addresses, listener.target)
		}
	}
	return addresses
}
