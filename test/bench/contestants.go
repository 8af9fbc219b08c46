package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"intercom-connector/test/bench/export"
)

// contestant is something that serves Update.
type contestant struct {
	Name    string
	role    string // what its process is started as
	repeats int    // how often the chunk is repeated in its export
	silent  bool   // it sends no rows: a bound
	remote  bool   // its work is not timed from the request for the file
}

// The contestants, in the order of the table.
var contestants = []contestant{
	{Name: "HTTP and gunzip only", role: "gunzip", repeats: 20, silent: true},
	{Name: "HTTP, gunzip, scan and encode", role: "encode", repeats: 20, silent: true},
	{Name: "HTTP, gunzip and lines of JSON", role: linesRole, repeats: 20, silent: true},
	{Name: "HTTP, gunzip, lines of JSON and gzip", role: packedRole, repeats: 20, silent: true},
	{Name: "gRPC of batches encoded beforehand", role: "send", repeats: 20, remote: true},
	{Name: "this connector", role: "connector", repeats: 20},
	{Name: "this connector, read by grpc-go into generated types", role: decodedRole, repeats: 4},
	{Name: "plain Go: encoding/csv, generated types, a record a message", role: "plain", repeats: 4},
	{Name: "Python: csv.DictReader, 100 records a message", role: "python", repeats: 1},
}

// The roles that others are held against.
const (
	oursRole = "connector"
	// decodedRole is the connector before a heavier client.
	decodedRole = "decoded"
	gunzipRole  = "gunzip"
	linesRole   = "lines"
	packedRole  = "packed"
	plainRole   = "plain"
	pythonRole  = "python"
)

// result is one run of one contestant.
type result struct {
	Rows    int
	Bytes   int64 // of CSV
	Seconds float64
	CPU     float64 // seconds of the server process
	Peak    int64   // bytes of memory of the server process
	Mallocs uint64  // of the server process; 0 in Python
	// Of the Python peer: its versions, and protobuf's backend.
	Version string `json:",omitempty"`
	Backend string `json:",omitempty"`
}

// arena is a file server with a shape's export, and how to start contestants.
type arena struct {
	shape  export.Shape
	self   string // this program
	files  *process
	header int64 // bytes of the CSV's header
	body   int64 // and of a chunk
	packed int64 // and of a chunk when compressed
	python string
	peer   []string // the Python peer's arguments
	// profiles is the folder for CPU profiles; empty for none.
	profiles string
}

// open starts the file server.
func open(s export.Shape, python, folder string) (*arena, error) {
	a := &arena{shape: s, python: python}
	var err error
	if a.self, err = os.Executable(); err != nil {
		return nil, err
	}
	if python != "" {
		if a.peer, err = writePeer(folder, s); err != nil {
			return nil, err
		}
	}
	if a.files, err = start(a.self, "role", "files", s.Name); err != nil {
		return nil, err
	}
	sizes, err := a.ask("/size")
	if err == nil {
		_, err = fmt.Sscan(sizes, &a.header, &a.body, &a.packed)
	}
	if err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *arena) close() { a.files.kill() }

func (a *arena) ask(path string) (string, error) {
	response, err := http.Get("http://" + a.files.address + path)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

// measure runs a contestant once, in processes of its own.
func (a *arena) measure(c contestant, repeats int) (r result, err error) {
	name, arguments := a.self, []string{"role", c.role, a.shape.Name}
	switch {
	case c.role == pythonRole:
		name, arguments = a.python, a.peer
	case a.profiles != "":
		arguments = append(arguments, filepath.Join(a.profiles, c.role+".cpu"))
	}
	server, err := start(name, arguments...)
	if err != nil {
		return r, err
	}
	stopped := false
	defer func() {
		if !stopped {
			server.kill()
		}
	}()
	r.Rows = repeats * a.shape.Chunk
	r.Bytes = a.header + int64(repeats)*a.body
	if _, err := a.ask("/offer?rows=" + strconv.Itoa(r.Rows)); err != nil {
		return r, err
	}
	base := "http://" + a.files.address
	how := "drain"
	if c.role == decodedRole {
		how = "decode"
	}
	client, err := run(a.self, "role", how, server.address, base, strconv.Itoa(r.Rows))
	if err != nil {
		return r, fmt.Errorf("%s: %w", c.Name, err)
	}
	if want := map[bool]int{false: r.Rows}[c.silent]; client.Rows != want {
		return r, fmt.Errorf("%s: %d rows came of %d", c.Name, client.Rows, want)
	}
	began := client.Began
	if !c.remote {
		asked, err := a.ask("/began")
		if err != nil {
			return r, err
		}
		if began, err = strconv.ParseInt(asked, 10, 64); err != nil {
			return r, err
		}
	}
	used := server.usage()
	stopped = true
	ended, err := server.stop()
	r.Seconds = float64(client.Ended-began) / 1e9
	r.CPU = (used.cpu - server.idle.cpu).Seconds()
	r.Peak, r.Mallocs = used.peak, ended.Mallocs
	r.Version, r.Backend = ended.Version, ended.Backend
	return r, err
}
