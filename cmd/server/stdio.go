package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"intercom-connector/connector"
	"intercom-connector/connector/fivetranlog"
	sdk "intercom-connector/proto"
)

// maxMessage is Fivetran's limit for a gRPC message.
const maxMessage = 128 << 20

// linesGCPercent is rarer than a server's: rows that are decoded for their lines
// leave garbage behind, and collecting it as often takes a third of the time.
const linesGCPercent = 200

// request is one call: a line of standard input.
type request struct {
	Call          string            `json:"call"` // test, schema or update
	Name          string            `json:"name"` // of a test
	Configuration map[string]string `json:"configuration"`
	State         json.RawMessage   `json:"state"`
}

// stdio answers the calls that come as lines of JSON on standard input with
// lines of JSON on standard output, one call after the other. It is for hosts
// that cannot speak gRPC, such as the Connector SDK of the third generation.
//
// The answers are the connector's own: it is asked by gRPC, inside this process.
// Lines of the log, which have a level, may stand between them. A call ends with
// a line that has "end" or "error". The end of the input ends the running call.
type stdio struct {
	client sdk.SourceConnectorClient
	out    *lineWriter
}

// lineWriter keeps the lines of the log and of the answers whole.
type lineWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lineWriter) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(line)
}

func runStdio(ctx context.Context, in io.Reader, stdout io.Writer, allowBaseURL bool) error {
	out := &lineWriter{w: stdout}
	listener := bufconn.Listen(1 << 20)
	server := connector.NewServer(connector.Options{AllowBaseURL: allowBaseURL, NoNulls: true, Log: slog.New(fivetranlog.NewHandler(out, slog.LevelInfo))})
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer func() {
		server.Stop()
		<-served
	}()
	connection, err := grpc.NewClient("passthrough:///stdio",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)))
	if err != nil {
		return err
	}
	defer connection.Close()
	s := stdio{client: sdk.NewSourceConnectorClient(connection), out: out}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	requests := make(chan []byte)
	go func() {
		readLines(ctx, in, requests)
		cancel(errInputEnded)
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case line := <-requests:
			if err := s.answer(ctx, line); err != nil {
				return err
			}
		}
	}
}

// errInputEnded is why a call that was running is not answered to its end.
var errInputEnded = errors.New("standard input ended before the call: it must stay open until the call's last line")

// readLines gives the input's lines until it ends, also a last one that is broken
// off.
func readLines(ctx context.Context, in io.Reader, lines chan<- []byte) {
	reader := bufio.NewReader(in)
	for {
		line, err := reader.ReadBytes('\n')
		if len(line) > 0 {
			select {
			case lines <- line:
			case <-ctx.Done():
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// answer makes one call and ends it. Its error is that the answer could not be
// written, or was cut off by the end of the input or of this program.
func (s stdio) answer(ctx context.Context, line []byte) error {
	r, err := newRequest(line)
	if err == nil {
		err = s.call(ctx, r)
	}
	if err == nil {
		return s.write(map[string]string{"end": r.Call})
	}
	message, code := status.Convert(err).Message(), status.Code(err)
	cutOff := context.Cause(ctx)
	if cutOff != nil {
		message, code = cutOff.Error(), codes.Canceled
	}
	return errors.Join(cutOff, s.write(map[string]string{"error": message, "code": code.String()}))
}

// newRequest reads a line. Its errors show nothing of it: it holds an access token.
func newRequest(line []byte) (request, error) {
	var r request
	err := json.Unmarshal(line, &r)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return r, fmt.Errorf("a request's %s is no %s", wrong.Field, wrong.Type)
	}
	if err != nil {
		return r, errors.New("a request is not a JSON object on one line")
	}
	return r, nil
}

func (s stdio) call(ctx context.Context, r request) error {
	switch r.Call {
	case "test":
		return s.test(ctx, r)
	case "schema":
		return s.schema(ctx, r)
	case "update":
		return s.update(ctx, r)
	default:
		return fmt.Errorf("there is no call %q: test, schema and update", r.Call)
	}
}

func (s stdio) test(ctx context.Context, r request) error {
	answer, err := s.client.Test(ctx, &sdk.TestRequest{Name: r.Name, Configuration: r.Configuration})
	if err != nil {
		return err
	}
	return s.write(map[string]any{"test": map[string]any{"success": answer.GetSuccess(), "failure": answer.GetFailure()}})
}

// table is a table as the Connector SDK's users declare it.
type table struct {
	Table      string            `json:"table"`
	PrimaryKey []string          `json:"primary_key"`
	Columns    map[string]string `json:"columns"`
}

func (s stdio) schema(ctx context.Context, r request) error {
	answer, err := s.client.Schema(ctx, &sdk.SchemaRequest{Configuration: r.Configuration})
	if err != nil {
		return err
	}
	tables := []table{}
	for _, t := range answer.GetWithoutSchema().GetTables() {
		declared := table{Table: t.GetName(), PrimaryKey: []string{}, Columns: map[string]string{}}
		for _, c := range t.GetColumns() {
			declared.Columns[c.GetName()] = c.GetType().String()
			if c.GetPrimaryKey() {
				declared.PrimaryKey = append(declared.PrimaryKey, c.GetName())
			}
		}
		tables = append(tables, declared)
	}
	return s.write(map[string]any{"schema": tables})
}

func (s stdio) update(ctx context.Context, r request) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // a sync whose rows nobody can take ends
	state := string(r.State)
	stream, err := s.client.Update(ctx, &sdk.UpdateRequest{Configuration: r.Configuration, StateJson: &state})
	if err != nil {
		return err
	}
	var rows rowLines
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch operation := response.GetOperation().(type) {
		case *sdk.UpdateResponse_Records:
			err = rows.write(s.out, operation.Records.GetRecords())
		case *sdk.UpdateResponse_Record:
			err = rows.write(s.out, []*sdk.Record{operation.Record})
		case *sdk.UpdateResponse_Checkpoint:
			err = s.write(map[string]any{"checkpoint": json.RawMessage(operation.Checkpoint.GetStateJson())})
		case *sdk.UpdateResponse_Warning:
			err = s.write(map[string]string{"warning": operation.Warning.GetMessage()})
		case *sdk.UpdateResponse_Task:
			err = s.write(map[string]string{"task": operation.Task.GetMessage()})
		case *sdk.UpdateResponse_SchemaChange: // columns of a row need no declaration there
		default:
			err = fmt.Errorf("the connector sent %T, which has no line", operation)
		}
		if err != nil {
			return err
		}
	}
}

func (s stdio) write(answer any) error {
	line, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	_, err = s.out.Write(append(line, '\n'))
	return err
}
