package main

import (
	"io"
	"net"
	"strconv"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"gvisor.dev/gvisor/pkg/waiter"
)

const datagramIdle = 30 * time.Second

// here is where traffic for a port leads, whatever address it was meant for:
// nothing a test sends through the tunnel can leave this machine.
func here(port uint16) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port)))
}

// forwardStream dials before it answers, so that a refused connection is
// refused inside the tunnel, too.
func forwardStream(request *tcp.ForwarderRequest) {
	local, err := net.Dial("tcp4", here(request.ID().LocalPort))
	if err != nil {
		request.Complete(true)
		return
	}
	queue := new(waiter.Queue)
	endpoint, failure := request.CreateEndpoint(queue)
	request.Complete(failure != nil)
	if failure != nil {
		local.Close()
		return
	}
	inner := gonet.NewTCPConn(queue, endpoint)
	// A broken half breaks the whole: the other side must see a reset, not an
	// orderly end of data that is in fact cut short.
	abort := func() {
		local.(*net.TCPConn).SetLinger(0)
		local.Close()
		endpoint.Abort()
	}
	joinStreams(local.(*net.TCPConn), inner, abort)
}

// joinStreams carries both directions and returns when both have ended.
func joinStreams(one, other halfCloser, abort func()) {
	halves := make(chan error, 2)
	go func() { halves <- pump(one, other) }()
	go func() { halves <- pump(other, one) }()
	for range 2 {
		if err := <-halves; err != nil {
			abort()
		}
	}
	one.Close()
	other.Close()
}

// pump copies one direction; the end of its input becomes the far side's, so
// that a half-closed connection stays half open.
func pump(to, from halfCloser) error {
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	return to.CloseWrite()
}

// halfCloser is a stream that can end its outgoing half alone.
type halfCloser interface {
	io.ReadWriteCloser
	CloseWrite() error
}

// forwardDatagrams carries one UDP conversation until it has been idle.
func forwardDatagrams(request *udp.ForwarderRequest) {
	port := request.ID().LocalPort
	queue := new(waiter.Queue)
	// At once, not in the background: the first datagram waits in this endpoint.
	endpoint, failure := request.CreateEndpoint(queue)
	if failure != nil {
		return
	}
	inner := gonet.NewUDPConn(queue, endpoint)
	if port == 53 {
		go answerNames(inner)
		return
	}
	local, err := net.Dial("udp4", here(port))
	if err != nil {
		inner.Close()
		return
	}
	go carryDatagrams(inner, local)
	go carryDatagrams(local, inner)
}

func carryDatagrams(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	datagram := make([]byte, 65535)
	for {
		from.SetReadDeadline(time.Now().Add(datagramIdle))
		size, err := from.Read(datagram)
		if err != nil {
			return
		}
		to.Write(datagram[:size])
	}
}
