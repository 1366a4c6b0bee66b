package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/akamensky/argparse"
)

type standInFlags struct {
	config, info                *string
	silent, daemon, check, show *bool
}

// parseStandInFlags uses the real program's own parser, for its usage text and
// for what it makes of flags that are wrong.
func parseStandInFlags(args []string) standInFlags {
	parser := argparse.NewParser("wireproxy", "Userspace wireguard client for proxying")
	flags := standInFlags{
		config: parser.String("c", "config", &argparse.Options{Help: "Path of configuration file"}),
		silent: parser.Flag("s", "silent", &argparse.Options{Help: "Silent mode"}),
		daemon: parser.Flag("d", "daemon", &argparse.Options{Help: "Make wireproxy run in background"}),
		info:   parser.String("i", "info", &argparse.Options{Help: "Specify the address and port for exposing health status"}),
		show:   parser.Flag("v", "version", &argparse.Options{Help: "Print version"}),
		check:  parser.Flag("n", "configtest", &argparse.Options{Help: "Configtest mode. Only check the configuration file for validity."}),
	}
	if err := parser.Parse(args); err != nil {
		fmt.Print(parser.Usage(err))
		os.Exit(0) // not a slip: a bad flag is no failure there
	}
	usual := []string{"/etc/wireproxy/wireproxy.conf", filepath.Join(os.Getenv("HOME"), ".config/wireproxy.conf")}
	for _, path := range usual {
		if _, err := os.Stat(path); err == nil && *flags.config == "" {
			*flags.config = path
		}
	}
	return flags
}
