package main

import (
	"bufio"
	stdcsv "encoding/csv"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"intercom-connector/connector"
	"intercom-connector/connector/export/csv"
	sdk "intercom-connector/proto"
	"intercom-connector/test/bench/export"
)

// announce tells the parent process where this one listens.
func announce(l net.Listener) { fmt.Println("listening", l.Addr()) }

// serve runs a contestant's server until the parent closes its standard input.
// With a file's name it writes a CPU profile there.
func serve(server *grpc.Server, profile string) error {
	if profile != "" {
		file, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		server.Stop()
	}()
	announce(listener)
	before := mallocs()
	err = server.Serve(listener)
	return errors.Join(err, tell(outcome{Mallocs: mallocs() - before}))
}

// connectorServer is ours, under the clock of the export's hour, in a process
// that is set as cmd/server is.
func connectorServer() *grpc.Server {
	debug.SetGCPercent(connector.GCPercent)
	return connector.NewServer(connector.Options{AllowBaseURL: true, Now: func() time.Time { return export.End }})
}

// update is a contestant's Update: it sends the rows of a shape's export to
// the stream.
type update func(s export.Shape, configuration map[string]string, stream grpc.ServerStream) error

// newServer makes a server of an Update.
func newServer(s export.Shape, do update, options ...grpc.ServerOption) *grpc.Server {
	server := grpc.NewServer(options...)
	sdk.RegisterSourceConnectorServer(server, &updateServer{shape: s, do: do})
	return server
}

type updateServer struct {
	sdk.UnimplementedSourceConnectorServer
	shape export.Shape
	do    update
}

func (s *updateServer) Update(request *sdk.UpdateRequest, stream sdk.SourceConnector_UpdateServer) error {
	return s.do(s.shape, request.GetConfiguration(), stream)
}

// plain is how Go connectors are mostly written: encoding/csv, the generated
// types, a map for each record and a message for each record.
func plain(s export.Shape, configuration map[string]string, stream grpc.ServerStream) error {
	text, done, err := get(configuration["url"])
	if err != nil {
		return err
	}
	defer done()
	rows := stdcsv.NewReader(text)
	names, err := rows.Read()
	if err != nil {
		return err
	}
	table := s.Table()
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		data := make(map[string]*sdk.ValueType, len(names)+1)
		for i, c := range table.Columns {
			data[names[i]] = plainValue(c.Kind, row[i], table.Zone)
		}
		data[csv.UnparsedColumn] = null()
		record := &sdk.Record{TableName: table.Name, Data: data}
		if err := stream.SendMsg(&sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Record{Record: record}}); err != nil {
			return err
		}
	}
}

func plainValue(kind csv.Kind, text string, zone *time.Location) *sdk.ValueType {
	if text == "" {
		return null()
	}
	switch kind {
	case csv.Long:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return &sdk.ValueType{Inner: &sdk.ValueType_Long{Long: n}}
		}
	case csv.Double:
		if x, err := strconv.ParseFloat(text, 64); err == nil {
			return &sdk.ValueType{Inner: &sdk.ValueType_Double{Double: x}}
		}
	case csv.UTCDatetime:
		if t, err := time.ParseInLocation(time.DateTime, text, zone); err == nil {
			return &sdk.ValueType{Inner: &sdk.ValueType_UtcDatetime{UtcDatetime: timestamppb.New(t)}}
		}
	default:
		return &sdk.ValueType{Inner: &sdk.ValueType_String_{String_: strings.ToValidUTF8(text, "\uFFFD")}}
	}
	return null()
}

func null() *sdk.ValueType { return &sdk.ValueType{Inner: &sdk.ValueType_Null{Null: true}} }

// get asks for a gzipped file and gives its text; done ends the exchange.
func get(url string) (text io.Reader, done func() error, err error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Accept-Encoding", "gzip")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, nil, fmt.Errorf("the file server answers %s", response.Status)
	}
	text, err = gzip.NewReader(bufio.NewReaderSize(response.Body, 64<<10))
	if err != nil {
		response.Body.Close()
		return nil, nil, err
	}
	return text, response.Body.Close, nil
}
