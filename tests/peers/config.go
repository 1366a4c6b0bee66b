package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"

	"github.com/go-ini/ini"
)

type standInConfig struct {
	wireguard      string // in the words of WireGuard's configuration protocol
	addresses, dns []netip.Addr
	mtu            int
	checkAlive     []netip.Addr
	aliveInterval  int
	strategy       string
	listeners      []listenerConfig
}

func loadConfig(path string) *standInConfig {
	main := loadINI(path)
	wireguard := main
	if root := main.Section(""); root.HasKey("WGConfig") {
		other := root.Key("WGConfig").String()
		if other != "" && !strings.ContainsRune(other, filepath.Separator) {
			other = filepath.Join(filepath.Dir(path), other)
		}
		wireguard = loadINI(other)
	}
	config := &standInConfig{strategy: "auto"}
	config.readInterface(wireguard)
	config.readPeers(wireguard)
	for _, kind := range listenerKinds {
		for _, found := range sections(main, kind) {
			config.listeners = append(config.listeners, readListener(kind, found))
		}
	}
	for _, found := range sections(main, "resolve") {
		config.strategy = found.lenientText("ResolveStrategy")
	}
	return config
}

// loadINI reads the dialect: names in any case, repeated sections side by side,
// and of a repeated key the first value, which is what shadows amount to.
func loadINI(path string) *ini.File {
	file, err := ini.LoadSources(ini.LoadOptions{
		Insensitive: true, AllowShadows: true, AllowNonUniqueSections: true,
	}, path)
	fatal(err)
	return file
}

func sections(file *ini.File, name string) (found []section) {
	all, _ := file.SectionsByName(name)
	for _, one := range all {
		found = append(found, section{one})
	}
	return found
}

func (config *standInConfig) readInterface(file *ini.File) {
	found := sections(file, "interface")
	if len(found) != 1 {
		fatal(errors.New("one and only one [Interface] is expected"))
	}
	values := found[0]
	config.addresses = values.ownAddresses("Address")
	config.wireguard = fmt.Sprintf("private_key=%s\n", wireguardKey(values.text("PrivateKey")))
	config.dns = values.addresses("DNS")
	config.mtu = values.number("MTU", 1420)
	if values.HasKey("ListenPort") {
		config.wireguard += fmt.Sprintf("listen_port=%d\n", values.number("ListenPort", 0))
	}
	config.checkAlive = values.addresses("CheckAlive")
	if values.HasKey("CheckAliveInterval") && len(config.checkAlive) == 0 {
		fatal(errors.New("CheckAliveInterval is only valid when CheckAlive is set"))
	}
	config.aliveInterval = values.number("CheckAliveInterval", 5)
}

func (config *standInConfig) readPeers(file *ini.File) {
	found := sections(file, "peer")
	if len(found) == 0 {
		fatal(errors.New("at least one [Peer] is expected"))
	}
	for _, values := range found {
		public, shared := wireguardKey(values.text("PublicKey")), strings.Repeat("0", 64)
		if values.HasKey("PreSharedKey") {
			shared = wireguardKey(values.Key("PreSharedKey").String())
		}
		endpoint := ""
		if values.HasKey("Endpoint") {
			endpoint = "endpoint=" + resolveEndpoint(values.Key("Endpoint").String()) + "\n"
		}
		config.wireguard += fmt.Sprintf("public_key=%s\npersistent_keepalive_interval=%d\npreshared_key=%s\n%s",
			public, values.number("PersistentKeepalive", 0), shared, endpoint)
		allowed := values.prefixes("AllowedIPs")
		if len(allowed) == 0 {
			allowed = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
		}
		for _, prefix := range allowed {
			config.wireguard += fmt.Sprintf("allowed_ip=%s\n", prefix)
		}
	}
}

// resolveEndpoint looks a peer's name up, once and for all, before anything
// listens; a port that is none is WireGuard's to refuse.
func resolveEndpoint(text string) string {
	host, port, err := net.SplitHostPort(strings.ToLower(text))
	fatal(err)
	address, err := net.ResolveIPAddr("ip", host)
	fatal(err)
	if address == nil || address.IP == nil {
		return ":" + port
	}
	return net.JoinHostPort(address.String(), port)
}
