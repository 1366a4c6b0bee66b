package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"

	"github.com/things-go/go-socks5"
	"github.com/things-go/go-socks5/bufferpool"
)

// serveSOCKS leaves the protocol to the library the real program uses, so that
// replies are equal byte for byte.
func serveSOCKS(through *tunnel, config listenerConfig) {
	options := []socks5.Option{
		socks5.WithDial(through.inner.DialContext),
		socks5.WithResolver(socksNames{through}),
		socks5.WithBufferPool(bufferpool.NewPool(256 << 10)),
	}
	if config.username != "" {
		users := socks5.StaticCredentials{config.username: config.password}
		options = append(options, socks5.WithAuthMethods([]socks5.Authenticator{socks5.UserPassAuthenticator{Credentials: users}}))
	}
	fatal(socks5.NewServer(options...).ListenAndServe("tcp", config.bind))
}

type socksNames struct{ *tunnel }

func (names socksNames) Resolve(ctx context.Context, name string) (context.Context, net.IP, error) {
	log.Printf("Resolving address for %s", name)
	address, err := names.lookUp(ctx, name)
	if err != nil {
		return ctx, nil, err
	}
	return ctx, address.AsSlice(), nil
}

func serveHTTP(through *tunnel, config listenerConfig) {
	listener, err := listenHTTP(config)
	if err != nil {
		fatal(fmt.Errorf("listen tcp failed: %w", err))
	}
	accept(listener, func(client net.Conn) {
		// A request that fails leaves its connection open: so does the real one.
		if err := proxyRequest(through, config, client); err != nil {
			log.Print(err)
		}
	})
}

func listenHTTP(config listenerConfig) (net.Listener, error) {
	if config.certificate == "" || config.key == "" {
		return net.Listen("tcp", config.bind)
	}
	pair, err := tls.LoadX509KeyPair(config.certificate, config.key)
	if err != nil {
		return nil, err
	}
	return tls.Listen("tcp", config.bind, &tls.Config{Certificates: []tls.Certificate{pair}})
}

// proxyRequest serves one request; after it the connection is a plain pipe.
func proxyRequest(through *tunnel, config listenerConfig, client net.Conn) error {
	input := bufio.NewReader(client)
	request, err := http.ReadRequest(input)
	if err != nil {
		return fmt.Errorf("read request failed: %w", err)
	}
	if refusal, err := authenticate(config, request); err != nil {
		refuse(client, refusal)
		return err
	}
	defaultPort := map[string]string{http.MethodConnect: ":443", http.MethodGet: ":80"}[request.Method]
	if defaultPort == "" {
		refuse(client, http.StatusMethodNotAllowed)
		return fmt.Errorf("unsupported protocol: %s", request.Method)
	}
	address := request.Host
	if !strings.Contains(address, ":") {
		address += defaultPort
	}
	server, err := through.inner.Dial("tcp", address)
	if err != nil {
		return fmt.Errorf("dial proxy failed: tun tcp dial failed: %w", err)
	}
	if request.Method == http.MethodConnect {
		_, err = client.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n"))
	} else {
		err = request.Write(server)
	}
	if err == nil {
		joinAndClose(bufferedConn{client, input}, server, unreported)
	}
	return err
}

// authenticate applies as soon as either credential is set.
func authenticate(config listenerConfig, request *http.Request) (int, error) {
	if config.username == "" && config.password == "" {
		return 0, nil
	}
	header := request.Header.Get("Proxy-Authorization")
	if header == "" {
		return http.StatusProxyAuthRequired, fmt.Errorf("%s", http.StatusText(http.StatusProxyAuthRequired))
	}
	given, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(header, "Basic "))
	if err != nil {
		return http.StatusNotAcceptable, fmt.Errorf("decode username and password failed: %w", err)
	}
	if string(given) != config.username+":"+config.password {
		return http.StatusUnauthorized, fmt.Errorf("username and password not matching")
	}
	return 0, nil
}

func refuse(client net.Conn, status int) {
	line := fmt.Sprintf("HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	challenge := ""
	if status == http.StatusProxyAuthRequired {
		challenge = "Proxy-Authenticate: Basic realm=\"Proxy\"\r\n"
	}
	fmt.Fprintf(client, "%sConnection: close\r\n%s\r\nwireproxy: %s", line, challenge, line)
}
