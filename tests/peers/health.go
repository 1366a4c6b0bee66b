package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/netip"
	"path"
	"regexp"
	"sync"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// pings remembers when each CheckAlive address last answered.
type pings struct {
	lock sync.Mutex
	last map[string]int64
}

// startPings asks every address once per interval, whether the last question was
// answered or not.
func (through *tunnel) startPings() *pings {
	answers := &pings{last: map[string]int64{}}
	interval := time.Duration(through.aliveInterval) * time.Second
	for _, address := range through.checkAlive {
		answers.last[address.String()] = 0
		go func() {
			for {
				go through.ping(address, interval, answers)
				time.Sleep(interval)
			}
		}()
	}
	return answers
}

func (through *tunnel) ping(address netip.Addr, patience time.Duration, answers *pings) {
	socket, err := through.inner.Dial("ping", address.String())
	if err != nil {
		errorLog.Printf("Failed to ping %s: %v", address, err)
		return
	}
	defer socket.Close()
	kind := icmp.Type(ipv4.ICMPTypeEcho)
	if address.Is6() {
		kind = ipv6.ICMPTypeEchoRequest
	}
	question, err := (&icmp.Message{Type: kind, Body: &icmp.Echo{Data: []byte("wireproxy")}}).Marshal(nil)
	if err == nil {
		socket.SetReadDeadline(time.Now().Add(patience))
		_, err = socket.Write(question)
	}
	if err != nil {
		errorLog.Printf("Failed to ping %s: %v", address, err)
		return
	}
	if _, err := socket.Read(make([]byte, 1500)); err != nil {
		errorLog.Printf("Failed to read ping response from %s: %v", address, err)
		return
	}
	answers.lock.Lock()
	answers.last[address.String()] = time.Now().Unix()
	answers.lock.Unlock()
}

var secretLine = regexp.MustCompile(`(?m)^(private_key|preshared_key)=.*$`)

// serveInfo is the -i server; it returns only when it cannot listen.
func serveInfo(address string, through *tunnel, answers *pings) error {
	return http.ListenAndServe(address, http.HandlerFunc(func(reply http.ResponseWriter, request *http.Request) {
		log.Printf("Health metric request: %s", request.URL.Path)
		switch path.Clean(request.URL.Path) {
		case "/metrics":
			state, err := through.device.IpcGet()
			if err != nil {
				reply.WriteHeader(http.StatusInternalServerError)
				return
			}
			fmt.Fprint(reply, secretLine.ReplaceAllString(state, "$1=REDACTED"))
		case "/readyz":
			answers.report(reply, int64(through.aliveInterval)+2)
		default:
			reply.WriteHeader(http.StatusNotFound)
		}
	}))
}

// report is 503 as soon as one address has been silent for too long.
func (answers *pings) report(reply http.ResponseWriter, limit int64) {
	answers.lock.Lock()
	defer answers.lock.Unlock()
	for _, last := range answers.last {
		if time.Now().Unix()-last > limit {
			reply.WriteHeader(http.StatusServiceUnavailable)
			break
		}
	}
	json.NewEncoder(reply).Encode(answers.last)
}
