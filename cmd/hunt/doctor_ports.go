package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// httpPort says whether the live page can listen on address.
func httpPort(ctx context.Context, address string) check {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err == nil {
		address = listener.Addr().String()
		err = listener.Close()
	}
	return judgePort("http-port", "tcp", "--http", address, err)
}

// gatewayPort says whether the gateway can listen on address.
func gatewayPort(ctx context.Context, address string) check {
	var config net.ListenConfig
	socket, err := config.ListenPacket(ctx, "udp", address)
	if err == nil {
		address = socket.LocalAddr().String()
		err = socket.Close()
	}
	return judgePort("gateway-port", "udp", "--gateway", address, err)
}

func judgePort(name, network, flag, address string, err error) check {
	switch {
	case err == nil:
		return check{Name: name, Status: verdictOK, Found: fmt.Sprintf("%s %s is free", network, address)}
	case errors.Is(err, syscall.EADDRINUSE):
		return check{Name: name, Status: verdictFail, Found: fmt.Sprintf("%s %s is taken", network, address),
			Todo: fmt.Sprintf("stop what listens there, or start hunt with another %s (port 0 takes any free one)", flag)}
	}
	return check{Name: name, Status: verdictFail, Found: err.Error(), Todo: fmt.Sprintf("give %s an address of this machine", flag)}
}
