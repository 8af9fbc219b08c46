// Command server is the connector as Fivetran runs it: a gRPC server that
// offers fivetran_sdk.v2.SourceConnector, with logs on standard output.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"
	_ "time/tzdata" // time zones, wherever the server runs

	"google.golang.org/grpc"

	"intercom-connector/connector"
	"intercom-connector/connector/admission"
	"intercom-connector/connector/fivetranlog"
	"intercom-connector/connector/metrics"
	"intercom-connector/internal/build"
	"intercom-connector/internal/exit"
)

// drain is how long calls may go on after SIGTERM.
const drain = 20 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	if !errors.Is(err, errUsage) {
		fmt.Fprintln(os.Stderr, "server:", err)
	}
	os.Exit(exit.Code(err))
}

// errUsage was shown already.
var errUsage = exit.Wrong(errors.New("usage"))

const usage = `The Intercom connector as a Fivetran source: a gRPC server.

usage: server [--port 50051] [--host ADDRESS] [--metrics-addr HOST:PORT]
              [--allow-base-url] [--no-nulls] [--reflection]
       server --stdio [--allow-base-url]
       server --form
       server --health [--port 50051]
       server --version

  --port N                 listen on this port (default 50051; 0 chooses one)
  --host ADDRESS           on this address only (default: all, IPv4 and IPv6)
  --allow-base-url         let configurations name a base_url, and with it any
                           address that this machine can reach (default: not)
  --reflection             tell tools which services there are (default: not)
  --no-nulls               leave columns that are null out of an export's rows:
                           for the Connector SDK, which reads a missing column
                           as null
  --metrics-addr HOST:PORT serve Prometheus metrics at /metrics, and whether the
                           server serves at /healthz (default: not)
  --end-with-stdin         end when standard input ends, and so with the program
                           that started this one
  --stdio                  answer calls that come as lines of JSON on standard
                           input, on standard output, without any port
  --form                   print the setup form as JSON
  --health                 ask the server on that port whether it serves; exit
                           code 0 when it does
  --version                print the version

Logs go to standard output, one JSON object a line. SIGTERM ends the server
after the running calls, or after 20 seconds.
` + exit.Help

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("server", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage) }
	port := flags.Int("port", 50051, "")
	host := flags.String("host", "", "")
	allowBaseURL := flags.Bool("allow-base-url", false, "")
	noNulls := flags.Bool("no-nulls", false, "")
	reflection := flags.Bool("reflection", false, "")
	metricsAddr := flags.String("metrics-addr", "", "")
	endWithStdin := flags.Bool("end-with-stdin", false, "")
	lines := flags.Bool("stdio", false, "")
	form := flags.Bool("form", false, "")
	version := flags.Bool("version", false, "")
	health := flags.Bool("health", false, "")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return errUsage
	}
	switch {
	case flags.NArg() > 0:
		fmt.Fprintf(stderr, "server: unknown argument %q\n\n%s", flags.Arg(0), usage)
		return errUsage
	case *port < 0 || *port > 65535:
		fmt.Fprintf(stderr, "server: there is no port %d\n", *port)
		return errUsage
	case *version:
		fmt.Fprintln(stdout, build.Version())
		return nil
	case *form:
		return printForm(ctx, stdout)
	case *health:
		return ask(ctx, net.JoinHostPort("localhost", strconv.Itoa(*port)))
	}
	if *lines {
		collect(linesGCPercent)
		return runStdio(ctx, stdin, stdout, *allowBaseURL)
	}
	collect(connector.GCPercent)
	if *endWithStdin {
		var end context.CancelFunc
		ctx, end = context.WithCancel(ctx)
		defer end()
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			end()
		}()
	}
	handler := fivetranlog.NewHandler(stdout, slog.LevelInfo)
	options := connector.Options{AllowBaseURL: *allowBaseURL, NoNulls: *noNulls, Reflection: *reflection}
	listener, err := listen(*host, *port)
	if err != nil {
		return err
	}
	var watched []grpc.ServerOption
	if *metricsAddr != "" {
		m := metrics.New()
		scraped, err := net.Listen("tcp", *metricsAddr)
		if err != nil {
			_ = listener.Close()
			return exit.Listen(err, *metricsAddr, "--metrics-addr")
		}
		defer m.Serve(scraped, func(ctx context.Context) error { return ask(ctx, dialled(*host, listener)) })()
		handler = m.Log(handler)
		options.Observer, options.OnWait = m, m.Wait
		watched = append(watched, grpc.StatsHandler(m.Calls()))
	}
	log := slog.New(handler)
	options.Log = log
	log.Info("listening", "address", listener.Addr().String(), "version", build.Version())
	return serve(ctx, connector.NewServer(options, watched...), admission.Default.Listen(listener), log)
}

// dialled is how this machine reaches a listener of a host, which is empty for all.
func dialled(host string, listener net.Listener) string {
	if host == "" {
		host = "localhost"
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return net.JoinHostPort(host, port)
}

// collect sets how often garbage is collected, unless the user has.
func collect(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// listen takes the port of an address, or without one of all: on IPv4 and IPv6,
// or on IPv4 alone where the machine has no IPv6.
func listen(host string, port int) (net.Listener, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if host == "" && (errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.EADDRNOTAVAIL)) {
		listener, err = net.Listen("tcp", "0.0.0.0:"+strconv.Itoa(port))
	}
	if err != nil && host != "" && !errors.Is(err, syscall.EADDRINUSE) {
		return nil, exit.Listen(err, host, "--host")
	}
	return listener, exit.Listen(err, fmt.Sprintf("port %d", port), "--port")
}

// serve runs until the context ends, then lets the running calls finish.
func serve(ctx context.Context, server *grpc.Server, listener net.Listener, log *slog.Logger) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping", "drain_seconds", drain.Seconds())
	hard := time.AfterFunc(drain, server.Stop)
	defer hard.Stop()
	server.GracefulStop()
	return nil
}
