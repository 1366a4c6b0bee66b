package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"github.com/go-ini/ini"
)

// section reads one section's values. Every error ends the process at once, for
// that is what the real program does with the first it meets.
type section struct{ *ini.Section }

// text is a value in which a leading $ stands for the environment.
func (values section) text(key string) string {
	text, err := values.lookUp(key)
	fatal(err)
	return text
}

// lenientText is empty where a variable is unset, which silently turns proxy
// authentication off.
func (values section) lenientText(key string) string {
	text, _ := values.lookUp(key)
	return text
}

func (values section) lookUp(key string) (string, error) {
	text := values.Key(key).String()
	name, found := strings.CutPrefix(text, "$")
	if !found || strings.HasPrefix(name, "$") {
		return name, nil
	}
	text, set := os.LookupEnv(name)
	if !set {
		return "", fmt.Errorf("%s references unset environment variable $%s", key, name)
	}
	return text, nil
}

// number is other for a key that is absent, but not for one that is empty.
func (values section) number(key string, other int) int {
	if !values.HasKey(key) {
		return other
	}
	number, err := values.Key(key).Int()
	fatal(err)
	return number
}

func (values section) list(key string) (items []string) {
	for item := range strings.SplitSeq(values.text(key), ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func (values section) addresses(key string) (addresses []netip.Addr) {
	for _, item := range values.list(key) {
		address, err := netip.ParseAddr(item)
		fatal(err)
		addresses = append(addresses, address)
	}
	return addresses
}

// ownAddresses takes what wg-quick takes, with or without a mask, and drops it.
func (values section) ownAddresses(key string) (addresses []netip.Addr) {
	for _, item := range values.list(key) {
		address, err := netip.ParseAddr(item)
		if err != nil {
			prefix, err := netip.ParsePrefix(item)
			fatal(err)
			address = prefix.Addr()
		}
		addresses = append(addresses, address)
	}
	return addresses
}

func (values section) prefixes(key string) (prefixes []netip.Prefix) {
	for _, item := range values.list(key) {
		prefix, err := netip.ParsePrefix(item)
		fatal(err)
		prefixes = append(prefixes, prefix)
	}
	return prefixes
}

// wireguardKey prints the key itself when it is wrong, as the real program does;
// the daemon under test must keep it out of its logs.
func wireguardKey(text string) string {
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		fatal(fmt.Errorf("invalid base64 string: %s", text))
	}
	if len(key) != 32 {
		fatal(fmt.Errorf("key should be 32 bytes: %s", text))
	}
	return hex.EncodeToString(key)
}
