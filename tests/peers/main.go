// Peers is everything wpdaemon's tests need at the other ends of its wires: a
// WireGuard far end in user space, a network that can be made to fail, ngrok's
// ingress, and a stand-in for the supervised program, wireproxy. One binary, one role each:
//
//	peers exit -private KEY -peer KEY[,KEY...]
//	peers relay -to HOST:PORT
//	peers ingress -clients FILE
//	peers keys
//	peers get URL
//	peers wireproxy [wireproxy's own flags]
//
// Under a name that starts with "wireproxy" it is the stand-in, because the
// daemon starts a program of that name and gives it wireproxy's flags at once.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	if strings.HasPrefix(filepath.Base(os.Args[0]), "wireproxy") {
		runStandIn(os.Args)
		return
	}
	role, rest := "", os.Args
	if len(os.Args) > 1 {
		role, rest = os.Args[1], os.Args[1:]
	}
	switch role {
	case "exit":
		runExit(rest[1:])
	case "relay":
		runRelay(rest[1:])
	case "ingress":
		runIngress(rest[1:])
	case "keys":
		private := newPrivateKey()
		fmt.Println(private, publicKey(private))
	case "get":
		runGet(rest[1:])
	case "wireproxy":
		runStandIn(rest)
	default:
		fmt.Fprintln(os.Stderr, "usage: peers exit|relay|ingress|keys|get|wireproxy [flags]")
		os.Exit(2)
	}
}

// announce prints the one line of JSON by which a role says that it is ready.
func announce(facts any) {
	line, err := json.Marshal(facts)
	orExit(err)
	fmt.Println(string(line))
}

// orExit ends a helper role that cannot go on.
func orExit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// untilStdinCloses hands each line of standard input to line and returns at its
// end: a test that was killed closes the pipe, and nothing is left behind.
func untilStdinCloses(line func(string)) {
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		line(strings.TrimSpace(input.Text()))
	}
}

// untilSignal returns when somebody asks the process to end.
func untilSignal(signals ...os.Signal) {
	arrived := make(chan os.Signal, 1)
	signal.Notify(arrived, signals...)
	<-arrived
}
