package main

import (
	"fmt"
	"log/slog"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"intercom-connector/connector"
	"intercom-connector/sandbox"
)

// serveConnector runs this project's connector on a free port of this machine.
func serveConnector(log *slog.Logger) (address string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("no port for the connector: %w", err)
	}
	server := connector.NewServer(connector.Options{Log: log})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(listener); err != nil {
			log.Error("the connector stopped serving", "reason", err)
		}
	}()
	return listener.Addr().String(), func() {
		server.Stop()
		<-ended
	}, nil
}

// dial prepares calls to a connector; the first call connects.
func dial(address string) (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
}

// The sandbox's workspace: the same one every day, so that a state goes on.
var (
	founded    = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	sandboxKey = "sandbox-token"
)

const sandboxSeed = 1

// serveSandbox runs a made-up workspace on a free port of this machine and
// returns the configuration that syncs all of its datasets from so many days ago.
func serveSandbox(now time.Time, days int) (configuration map[string]string, stop func(), err error) {
	workspace := sandbox.New(sandbox.Options{Seed: sandboxSeed, Epoch: founded, Token: sandboxKey})
	address, closeAll, err := workspace.Listen("127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("no port for the sandbox: %w", err)
	}
	return map[string]string{
		"access_token":       sandboxKey,
		"base_url":           address,
		"dataset_id":         "all",
		"initial_start_time": now.AddDate(0, 0, -days).Format(time.DateOnly),
	}, func() { _ = closeAll() }, nil
}
