package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"golang.zx2c4.com/wireguard/device"
)

// The hidden first argument by which a background copy knows what it is.
const backgroundMark = "daemon-process"

// errorLog has the shape of WireGuard's ERROR lines but is not WireGuard's: -s
// does not silence it.
var errorLog = log.New(os.Stderr, "ERROR: ", log.LstdFlags)

// runStandIn behaves as wireproxy 1.1.3 does, seen from outside: flags, configs,
// listeners, log lines, exit codes. It leaves out the Linux sandbox.
func runStandIn(args []string) {
	background := len(args) > 1 && args[1] == backgroundMark
	if background {
		args = append(args[:1:1], args[2:]...)
	}
	flags := parseStandInFlags(args)
	switch {
	case *flags.show:
		fmt.Println("wireproxy, version 1.1.3")
		return
	case *flags.config == "":
		fmt.Println("configuration path is required")
		return
	}
	var asked behaviour
	// A probe (-n, like -v above) is not the run a test wants to go wrong.
	if !*flags.check {
		asked = obeySwitches(switchText(args[0], *flags.config))
	}
	config := loadConfig(*flags.config)
	if *flags.check {
		fmt.Println("Config OK")
		return
	}
	if *flags.daemon && !background {
		startBackground(args)
		return
	}
	serve(config, flags, asked)
}

// startBackground leaves the copy in this process group, which is how somebody
// can still find and end it; its output goes nowhere.
func startBackground(args []string) {
	program, err := os.Executable()
	fatal(err)
	child := exec.Command(program, append([]string{backgroundMark}, args[1:]...)...)
	fatal(child.Start())
}

// serve runs until SIGINT or SIGQUIT; SIGTERM keeps its default and kills.
func serve(config *standInConfig, flags standInFlags, asked behaviour) {
	for _, address := range config.sandboxedAddresses(*flags.info) {
		panicOnBadPort(address)
	}
	// Both switches act where the real program resolves its peers' names.
	time.Sleep(asked.listenAfter)
	if asked.neverListen {
		untilSignal(syscall.SIGINT, syscall.SIGQUIT)
		return
	}
	logger := wireguardLogger()
	if *flags.silent {
		logger = &device.Logger{Verbosef: device.DiscardLogf, Errorf: device.DiscardLogf}
	}
	through := openTunnel(config, logger)
	through.openListeners()
	pings := through.startPings()
	if *flags.info != "" {
		go func() { panic(serveInfo(*flags.info, through, pings)) }()
	}
	untilSignal(syscall.SIGINT, syscall.SIGQUIT)
}

// panicOnBadPort fails as the sandbox's set-up does, which needs the number.
func panicOnBadPort(address string) {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.Atoi(port)
	}
	if err != nil {
		panic(fmt.Errorf("failed to extract port from %s: %w", address, err))
	}
}

func wireguardLogger() *device.Logger {
	return &device.Logger{
		Verbosef: log.New(os.Stderr, "DEBUG: ", log.LstdFlags).Printf,
		Errorf:   errorLog.Printf,
	}
}

// fatal is how every error of a config or a listener ends: a dated line, exit 1.
func fatal(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
