module wpdaemon.test/peers

go 1.26.0

require (
	github.com/akamensky/argparse v1.4.0
	github.com/go-ini/ini v1.67.0
	github.com/things-go/go-socks5 v0.0.5
	golang.org/x/crypto v0.52.0
	golang.org/x/net v0.55.0
	golang.zx2c4.com/wireguard v0.0.0-20250521234502-f333402bd9cb
	gvisor.dev/gvisor v0.0.0-20250503011706-39ed1f5ac29c
)

require (
	github.com/google/btree v1.1.2 // indirect
	golang.org/x/sys v0.45.0 // indirect
	golang.org/x/time v0.7.0 // indirect
	golang.zx2c4.com/wintun v0.0.0-20230126152724-0fa3db229ce2 // indirect
)
