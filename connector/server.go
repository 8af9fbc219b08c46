package connector

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip" // Fivetran's testers compress their requests
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"

	"intercom-connector/connector/admission"
	"intercom-connector/connector/export"
	"intercom-connector/connector/export/record"
	"intercom-connector/intercom"
	sdk "intercom-connector/proto"
)

// maxMessage is Fivetran's limit for a gRPC message; of a request less is taken.
const maxMessage = 128 << 20

// writeBuffer takes a whole batch, so that it is written in one call of the
// operating system and not in three.
const writeBuffer = 128 << 10

// GCPercent is what a process that only serves should give debug.SetGCPercent,
// unless its user sets GOGC. A sync leaves so little garbage behind that
// collecting it three times as often takes no time that shows, and three
// megabytes less.
const GCPercent = 30

// Options are what a process gives its connector. The zero value is ready.
type Options struct {
	// Log takes what a sync did, a few lines a window; nil discards it.
	Log *slog.Logger
	// Now is the connector's clock; nil means time.Now. A sync goes by the
	// smaller of this clock and Intercom's.
	Now func() time.Time
	// Transport carries the calls to Intercom; nil means the client's own.
	Transport http.RoundTripper
	// Observer, where it is given, is told what syncs do.
	Observer export.Observer
	// OnWait, where it is given, hears of every wait for Intercom.
	OnWait func(intercom.Wait)
	// AllowBaseURL says that a configuration may name a base_url, and with it send
	// calls to any address that this process can reach: for hosts that are one
	// with whoever writes the configuration.
	AllowBaseURL bool
	// NoNulls leaves what is null out of the records of exports: for the Connector
	// SDK, whose upsert takes a column that is missing as null, and whose cost is
	// by column.
	NoNulls bool
	// Reflection has a server tell which services it has, for tools that ask.
	Reflection bool
	// mostMessages is how many rows an export of messages has at the most, where a
	// test has another than Intercom.
	mostMessages int64
	// Timeouts are the deadlines of calls to Intercom; zero fields have the
	// client's defaults.
	Timeouts intercom.Timeouts
}

// Connector answers the calls of SourceConnector. It keeps nothing between
// calls and may serve any number of them at once.
type Connector struct {
	sdk.UnimplementedSourceConnectorServer
	options Options
	log     *slog.Logger
}

// New makes a connector. Its server must use record.ServerCodec, as NewServer's
// does.
func New(options Options) *Connector {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	return &Connector{options: options, log: options.Log}
}

// NewServer makes a gRPC server that offers the connector and health checks, takes
// gzip, keeps to admission.Default, and turns a panic into an error of its own
// call. More options may add what watches it.
func NewServer(options Options, more ...grpc.ServerOption) *grpc.Server {
	c := New(options)
	server := grpc.NewServer(slices.Concat([]grpc.ServerOption{
		grpc.ForceServerCodecV2(record.ServerCodec()),
		grpc.MaxSendMsgSize(maxMessage),
		grpc.WriteBufferSize(writeBuffer),
		grpc.ChainUnaryInterceptor(c.scrubCall, c.recoverCall),
		grpc.ChainStreamInterceptor(c.scrubStream, c.recoverStream),
	}, admission.Default.ServerOptions(), more)...)
	sdk.RegisterSourceConnectorServer(server, c)
	healthpb.RegisterHealthServer(server, health.NewServer())
	if options.Reflection {
		reflection.Register(server)
	}
	return server
}

// A panic is a bug: its call ends with an id that stands in the log beside the
// stack, and the other calls go on. The panic's own value is not logged, since
// it may quote what it choked on.

func (c *Connector) recoverCall(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (response any, err error) {
	defer c.recovered(info.FullMethod, &err)
	return handler(ctx, request)
}

func (c *Connector) recoverStream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	defer c.recovered(info.FullMethod, &err)
	return handler(server, stream)
}

func (c *Connector) recovered(method string, err *error) {
	if recover() != nil {
		*err = c.bug(method)
	}
}

// bug logs where a panic happened and is the error that its call ends with.
func (c *Connector) bug(where string) error {
	id := rand.Text()[:8]
	c.log.Error("a bug stopped this call", "id", id, "in", where, "stack", string(debug.Stack()))
	return status.Errorf(codes.Internal, "a bug in the connector stopped this call; the log has it under id %s", id)
}
