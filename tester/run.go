// Package tester plays Fivetran's side of the source protocol on one machine.
//
// It drives any SourceConnector over gRPC, in any language, as Fivetran does
// (run.go): the configuration form and its setup tests (setup.go), the schema
// (schema.go), then one Update stream with the state of the last sync (update.go,
// state.go). It lands the rows in a DuckDB file, keeps each checkpoint in a state
// file, and counts what it did (summary.go).
//
// The rows flow through two goroutines. The reader (reader.go) reads the records in
// the bytes of each message (package protocol), holds every one against the
// protocol's rules (record_rules.go) and stages it in memory (staged_rows.go, package staging).
// At a checkpoint the staged rows go to the lander (package warehouse), which merges
// all of them in one transaction and only then has the state written. While the
// lander merges, the reader stages the next checkpoint's rows.
//
// Rows after the last checkpoint land when the stream ends well, and are dropped
// when it ends in an error: the next sync starts from the checkpoint and brings
// them again.
package tester

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/status"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/screen"
	"intercom-connector/tester/warehouse"
)

// maxMessageSize is how many bytes a gRPC message may have, either way.
const maxMessageSize = 128 << 20

// Config says what to sync from where to where. Target or Conn is required; the
// rest has defaults.
type Config struct {
	// Conn is the connection to the connector. The caller closes it. Dial makes
	// one from an address.
	Conn *grpc.ClientConn
	// Patience is how long the connector may take to answer first; zero is 30 s.
	Patience time.Duration

	// Configuration is what a user would have filled in, sent in every call.
	Configuration map[string]string
	// Selection is sent in Update; nil selects everything.
	Selection *sdk.Selection

	WarehousePath string // the DuckDB file; "" is files/warehouse.db
	StatePath     string // "" is state.json beside the warehouse
	Schema        string // the destination schema; "" is tester
	MemoryLimit   string // DuckDB's memory_limit, such as "512MB"; "" is 2GB
	Reset         bool   // removes the warehouse and the state first
	// ConnectorSDK takes an UPSERT that leaves columns out, which are null then, as
	// Fivetran does for a project of its Connector SDK ("Columns present in target
	// table but not present in data passed in operation become NULL": its page on
	// operations). Otherwise an UPSERT carries every column.
	ConnectorSDK bool

	// Screen shows what goes on; nil shows nothing.
	Screen *screen.Screen
	// Jobs is how far the connector says that it is; nil where it does not.
	Jobs *screen.Jobs

	maxMessage int   // MaxMessageSize, but for a test
	maxStaged  int64 // defaultMaxStaged, but for a test
	now        func() time.Time
	pace       time.Duration // between landings
	before     func(string)  // called before a write of the state and after it, for tests that kill
}

// withDefaults fills in what was left out.
func (c Config) withDefaults() (Config, error) {
	if c.Conn == nil {
		return c, errors.New("tester: Config.Conn is required")
	}
	if c.WarehousePath == "" {
		c.WarehousePath = filepath.Join("files", "warehouse.db")
	}
	if c.StatePath == "" {
		c.StatePath = filepath.Join(filepath.Dir(c.WarehousePath), "state.json")
	}
	if c.Schema == "" {
		c.Schema = "tester"
	}
	if c.MemoryLimit == "" {
		c.MemoryLimit = "2GB"
	}
	if c.Patience == 0 {
		c.Patience = 30 * time.Second
	}
	if c.Screen == nil {
		c.Screen = screen.New(io.Discard, nil)
	}
	if c.maxMessage == 0 {
		c.maxMessage = maxMessageSize
	}
	if c.maxStaged == 0 {
		c.maxStaged = defaultMaxStaged
	}
	if c.pace == 0 {
		c.pace = defaultPace
	}
	if c.before == nil {
		c.before = func(string) {}
	}
	if c.now == nil {
		c.now = time.Now
	}
	return c, nil
}

// Run does one sync: the setup tests, of which a sync that goes on from a state
// runs the first alone, the schema, the Update stream. The summary
// is filled as far as the sync came, also when the error is not nil. An error is
// a *protocol.RuleError when the connector broke the protocol; errors and everything on
// the screen are free of the configuration's secrets.
//
// When ctx ends, the stream ends, checkpoints that were received still land, and
// the error wraps ctx's. One Run at a time may use a warehouse.
func Run(ctx context.Context, config Config) (Summary, error) {
	c, err := config.withDefaults()
	if err != nil {
		return Summary{}, err
	}
	s := &session{config: c, client: sdk.NewSourceConnectorClient(c.Conn)}
	s.secrets = screen.Guess(c.Configuration)
	s.config.Screen.Hide(s.secrets)
	err = s.run(ctx)
	if err != nil && ctx.Err() != nil {
		err = &interruption{ctx.Err()}
	}
	return s.summary, s.secrets.Error(err)
}

// interruption is the error of a run whose context ended, in a person's words.
type interruption struct{ cause error }

func (*interruption) Error() string {
	return "interrupted: the state is that of the last checkpoint, and the next sync goes on there"
}

func (i *interruption) Unwrap() error { return i.cause }

// session is one Run.
type session struct {
	config  Config
	client  sdk.SourceConnectorClient
	secrets screen.Secrets
	summary Summary
}

func (s *session) run(ctx context.Context) error {
	if s.config.Reset {
		if err := Reset(s.config.WarehousePath, s.config.StatePath); err != nil {
			return err
		}
	}
	state, err := readState(s.config.StatePath)
	if err != nil {
		return err
	}
	if err := makeFolder(filepath.Dir(s.config.WarehousePath)); err != nil {
		return err
	}
	w, err := warehouse.Open(ctx, s.config.WarehousePath, s.config.MemoryLimit)
	if err != nil {
		return err
	}
	return errors.Join(s.sync(ctx, w, state), w.Close())
}

// sync goes from the state to its end.
func (s *session) sync(ctx context.Context, w *warehouse.Warehouse, state string) error {
	landed, err := w.CheckState(ctx, s.config.Schema, state)
	if errors.Is(err, warehouse.ErrApart) {
		return fmt.Errorf("%w. Nothing was read: put back the pair %s and %s, or start afresh with --reset", err, s.config.StatePath, s.config.WarehousePath)
	}
	if err != nil {
		return err
	}
	if err := s.test(ctx, state != "{}"); err != nil {
		return err
	}
	tables, err := s.schema(ctx)
	if err != nil {
		return err
	}
	return s.update(ctx, w, landed, tables, state)
}

// keep writes a state after its rows have landed.
func (s *session) keep(state string) error {
	s.config.before("state")
	defer s.config.before("what follows the state")
	return writeState(s.config.StatePath, state)
}

// limits are the options of every call.
func (s *session) limits(more ...grpc.CallOption) []grpc.CallOption {
	return append([]grpc.CallOption{
		grpc.MaxCallRecvMsgSize(s.config.maxMessage),
		grpc.MaxCallSendMsgSize(s.config.maxMessage),
	}, more...)
}

// compressed adds that the request is compressed, as Fivetran's are. Update's is
// not: a Go server compresses its answers as the request was, and the stream's
// rows do not leave the machine.
func (s *session) compressed(more ...grpc.CallOption) []grpc.CallOption {
	return s.limits(append(more, grpc.UseCompressor(gzip.Name))...)
}

// rpcError says which call failed and why, in the connector's own words.
func rpcError(call string, err error) error {
	st := status.Convert(err)
	if st.Code() == codes.Unavailable {
		return fmt.Errorf("%s: the connector is not there (any more): %s", call, st.Message())
	}
	return fmt.Errorf("%s failed (%s): %s", call, st.Code(), st.Message())
}
