package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// readFrame gives a frame with its length.
func readFrame(from io.Reader) ([]byte, error) {
	frame := make([]byte, 2)
	if _, err := io.ReadFull(from, frame); err != nil {
		return nil, err
	}
	body := make([]byte, binary.LittleEndian.Uint16(frame))
	_, err := io.ReadFull(from, body)
	return append(frame, body...), err
}

// readRequest is strict: two fields, each once and in order, as proto3 writes
// them, and nothing else.
func readRequest(body []byte) (host string, port int64, err error) {
	if len(body) > 0 && body[0] == 0x0a {
		length, size := binary.Uvarint(body[1:])
		if size <= 0 || length == 0 || length > uint64(len(body)-1-size) {
			return "", 0, errors.New("the host's length is wrong")
		}
		name := body[1+size : 1+size+int(length)]
		if !utf8.Valid(name) {
			return "", 0, errors.New("the host is no UTF-8")
		}
		host, body = string(name), body[1+size+int(length):]
	}
	if len(body) > 0 && body[0] == 0x10 {
		value, size := binary.Uvarint(body[1:])
		if size <= 0 || value == 0 || value > 65535 {
			return "", 0, errors.New("the port is wrong")
		}
		port, body = int64(value), body[1+size:]
	}
	if len(body) > 0 {
		return "", 0, fmt.Errorf("%d bytes too many", len(body))
	}
	return host, port, nil
}

// answerFrame writes an answer with its length; empty fields are left out.
func answerFrame(fields ...string) []byte {
	var body []byte
	for index, text := range fields {
		if text != "" {
			body = append(body, byte(index+1)<<3|2)
			body = binary.AppendUvarint(body, uint64(len(text)))
			body = append(body, text...)
		}
	}
	return append(binary.LittleEndian.AppendUint16(nil, uint16(len(body))), body...)
}
