package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ingress is the far side of ngrok's bound endpoints: one TLS connection with a
// client certificate for each that is carried, a frame each way, then bytes.
type ingress struct {
	behaviours map[string]string
	lines      sync.Mutex
}

// heard is what a connection has told, one line of JSON each.
type heard struct {
	Frame      string `json:"frame"`
	Host       string `json:"host"`
	Port       int64  `json:"port"`
	ServerName string `json:"serverName"`
	Protocol   string `json:"protocol"`
	Resumed    bool   `json:"resumed"`
	TLS        string `json:"tls"`
	Serial     string `json:"serial"`
	Received   int64  `json:"received"`
	Fault      string `json:"fault,omitempty"`
}

func runIngress(args []string) {
	flags := flag.NewFlagSet("ingress", flag.ExitOnError)
	listen := flags.String("listen", "127.0.0.1:0", "`address` to listen on")
	name := flags.String("name", "localhost", "`name` in its certificate")
	clients := flags.String("clients", "", "PEM `file` with the authority of client certificates")
	newest := flags.String("tls", "1.3", "newest `version` of TLS, 1.2 or 1.3")
	here := &ingress{behaviours: map[string]string{}}
	flags.Func("at", "`HOST:PORT=BEHAVIOUR`, see behave; echo by default", func(text string) error {
		at, behaviour, found := strings.Cut(text, "=")
		if !found {
			return errors.New("no behaviour")
		}
		here.behaviours[at] = behaviour
		return nil
	})
	flags.Parse(args)
	authority, certificate, err := makeCertificates(*name)
	orExit(err)
	pool := x509.NewCertPool()
	text, err := os.ReadFile(*clients)
	orExit(err)
	pool.AppendCertsFromPEM(text)
	config := &tls.Config{
		Certificates: []tls.Certificate{certificate},
		ClientCAs:    pool,
		ClientAuth:   tls.RequireAndVerifyClientCert,
		MinVersion:   tls.VersionTLS12,
	}
	if *newest == "1.2" {
		config.MaxVersion = tls.VersionTLS12
	}
	listener, err := net.Listen("tcp", *listen)
	orExit(err)
	announce(map[string]string{"listen": listener.Addr().String(), "authority": authority})
	go accept(listener, func(client net.Conn) { here.serve(tls.Server(client, config), client) })
	untilStdinCloses(func(string) {})
	os.Exit(0)
}

func (here *ingress) serve(secure *tls.Conn, plain net.Conn) {
	defer secure.Close()
	var told heard
	secure.SetDeadline(time.Now().Add(time.Minute))
	err := here.greet(secure, &told)
	if err == nil {
		err = here.behave(here.behaviours[net.JoinHostPort(told.Host, strconv.FormatInt(told.Port, 10))], secure, plain, &told)
	}
	if err != nil {
		told.Fault = err.Error()
	}
	line, _ := json.Marshal(told)
	here.lines.Lock()
	defer here.lines.Unlock()
	fmt.Println(string(line))
}

func (here *ingress) greet(secure *tls.Conn, told *heard) error {
	if err := secure.Handshake(); err != nil {
		return err
	}
	state := secure.ConnectionState()
	told.ServerName, told.Protocol, told.Resumed = state.ServerName, state.NegotiatedProtocol, state.DidResume
	told.TLS = tls.VersionName(state.Version)
	told.Serial = state.PeerCertificates[0].SerialNumber.Text(16)
	frame, err := readFrame(secure)
	told.Frame = hex.EncodeToString(frame)
	if err != nil {
		return err
	}
	told.Host, told.Port, err = readRequest(frame[2:])
	secure.SetDeadline(time.Time{})
	return err
}

// behave answers and carries on as it is told: "echo", "to HOST:PORT", "error
// CODE MESSAGE", "silence", "close", "length", "split", "early TEXT", "late
// COUNT" (reads to the end, then sends so much), "first COUNT" (sends so much,
// ends, then reads), "reset".
func (here *ingress) behave(behaviour string, secure *tls.Conn, plain net.Conn, told *heard) error {
	what, rest, _ := strings.Cut(behaviour, " ")
	count, _ := strconv.ParseInt(rest, 10, 64)
	accepted := answerFrame("ep_2abcDEF", "tcp", "", "")
	switch what {
	case "error":
		code, message, _ := strings.Cut(rest, " ")
		_, err := secure.Write(answerFrame("", "", code, message))
		return err
	case "silence":
		_, err := io.Copy(io.Discard, secure)
		return err
	case "close":
		return nil
	case "length":
		_, err := secure.Write(accepted[:2])
		return err
	case "split":
		for _, each := range accepted {
			if _, err := secure.Write([]byte{each}); err != nil {
				return err
			}
		}
	case "early":
		if _, err := secure.Write(append(accepted, rest...)); err != nil {
			return err
		}
	default:
		if _, err := secure.Write(accepted); err != nil {
			return err
		}
	}
	var err error
	switch what {
	case "to":
		var target net.Conn
		if target, err = net.Dial("tcp", rest); err == nil {
			told.Received, err = joinHalves(secure, target.(*net.TCPConn))
		}
	case "late":
		if told.Received, err = io.Copy(io.Discard, secure); err == nil {
			_, err = io.CopyN(secure, zeros{}, count)
		}
	case "first":
		if _, err = io.CopyN(secure, zeros{}, count); err == nil {
			secure.CloseWrite()
			told.Received, err = io.Copy(io.Discard, secure)
		}
	case "reset":
		plain.(*net.TCPConn).SetLinger(0)
		err = plain.Close()
	default:
		if told.Received, err = io.Copy(secure, secure); err == nil {
			err = secure.CloseWrite()
		}
	}
	return err
}

// joinHalves passes each direction's end on while the other goes on.
func joinHalves(secure *tls.Conn, target *net.TCPConn) (int64, error) {
	defer target.Close()
	back := make(chan error, 1)
	go func() {
		_, err := io.Copy(secure, target)
		secure.CloseWrite()
		back <- err
	}()
	received, err := io.Copy(target, secure)
	target.CloseWrite()
	return received, errors.Join(err, <-back)
}

type zeros struct{}

func (zeros) Read(bytes []byte) (int, error) { return len(bytes), nil }
