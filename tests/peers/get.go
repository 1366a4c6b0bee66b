package main

import (
	"io"
	"net/http"
	"os"
	"time"
)

// runGet prints what a URL gives, asked for as most programs in Go do: by the default transport, which heeds the
// variables of the environment that name a proxy.
func runGet(arguments []string) {
	client := http.Client{Timeout: 20 * time.Second}
	answer, err := client.Get(arguments[0])
	orExit(err)
	_, err = io.Copy(os.Stdout, answer.Body)
	orExit(err)
}
