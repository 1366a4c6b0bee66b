package main

import (
	"net"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// answerNames is the name server inside the tunnel: every name is the far end
// itself, hence this machine, except that names under .invalid do not exist.
func answerNames(client net.Conn) {
	defer client.Close()
	datagram := make([]byte, 1500)
	for {
		client.SetReadDeadline(time.Now().Add(datagramIdle))
		size, err := client.Read(datagram)
		if err != nil {
			return
		}
		var query dnsmessage.Message
		if query.Unpack(datagram[:size]) != nil || len(query.Questions) != 1 {
			continue
		}
		answer := answerTo(query)
		if packed, err := answer.Pack(); err == nil {
			client.Write(packed)
		}
	}
}

func answerTo(query dnsmessage.Message) dnsmessage.Message {
	question := query.Questions[0]
	answer := dnsmessage.Message{
		Header: dnsmessage.Header{
			ID: query.ID, Response: true, Authoritative: true,
			RecursionDesired: query.RecursionDesired, RecursionAvailable: true,
		},
		Questions: query.Questions,
	}
	if strings.HasSuffix(strings.ToLower(question.Name.String()), ".invalid.") {
		answer.RCode = dnsmessage.RCodeNameError
	} else if question.Type == dnsmessage.TypeA {
		answer.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: question.Name, Type: question.Type, Class: question.Class, TTL: 1},
			Body:   &dnsmessage.AResource{A: netip.MustParseAddr(exitAddress).As4()},
		}}
	}
	return answer
}
