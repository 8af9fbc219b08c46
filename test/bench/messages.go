package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/engagement"
	"intercom-connector/connector/export/ndjson"
	"intercom-connector/connector/export/record"
	"intercom-connector/intercom"
)

// messageEngagement is the title of the table of message engagement.
const messageEngagement = "Message engagement"

// Ways to read an export of message engagement, in the order of the table.
const (
	inflateOnly = "HTTP and inflate only"
	intoRecords = "read into records"
	intoLines   = "read into lines of JSON"
)

// sent is when the first message of the export was.
const sent = 1767225600

// messageExport is an export of so many receipts, and half as many opens, as Intercom
// packs it.
func messageExport(receipts int) (body []byte, rows int, size int64, err error) {
	var packed, firsts bytes.Buffer
	w := zip.NewWriter(&packed)
	var names []string
	for _, c := range engagement.Tables()[0].Columns {
		if strings.HasPrefix(c.Name, "first_") {
			fmt.Fprint(&firsts, ",", c.Name)
		} else {
			names = append(names, c.Name)
		}
	}
	empty := strings.Repeat(",", strings.Count(firsts.String(), ",")-10)
	file := func(name string, write func(io.Writer)) {
		if err != nil {
			return
		}
		var text bytes.Buffer
		write(&text)
		size += int64(text.Len())
		var f io.Writer
		if f, err = w.Create(name + "_2026-01-01_2026-02-01.csv"); err == nil {
			_, err = f.Write(text.Bytes())
		}
	}
	file("receipt", func(out io.Writer) {
		fmt.Fprintf(out, "%s%s\n", strings.Join(names, ","), firsts.String())
		for i := range receipts {
			opened := ""
			if i%2 == 0 {
				opened = fmt.Sprint(sent + i + 3600)
			}
			fmt.Fprintf(out, "%d,%d,66d50af5e854e808a586%04x,user-%d,-1,,person.%d@example.com,\"Person, %d\",4100101,41001011,email,\"Welcome, and a first step\",workflow,web,410010101,,-1,,,,,,,,,,,,%s%s\n",
				88100000000+i, sent+i, i%65536, i, i, i, opened, empty)
		}
	})
	file("open", func(out io.Writer) {
		fmt.Fprint(out, "receipt_id,opened_at\n")
		for i := 0; i < receipts; i += 2 {
			fmt.Fprintf(out, "%d,%d\n", 88100000000+i, sent+i+3600)
		}
	})
	if err == nil {
		err = w.Close()
	}
	return packed.Bytes(), receipts + (receipts+1)/2, size, err
}

// messages reads an export of message engagement in each way, in rounds.
func messages(o options, progress io.Writer) (runs map[string][]result, err error) {
	body, rows, size, err := messageExport(map[bool]int{false: 400_000, true: 20_000}[o.Quick])
	if err != nil {
		return nil, err
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/download") {
			_, _ = w.Write(body)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"job_identifier":"j1","status":"completed"}`)
	}))
	defer server.Close()
	client, err := intercom.New(intercom.Config{Token: "a-token-of-tests", BaseURL: server.URL})
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	read := func(s engagementSink) error {
		return engagement.New(engagement.Config{
			Client: client, Sink: &s, Now: time.Unix(sent, 0).AddDate(0, 0, 25), Zone: time.UTC, LookbackDays: 30,
			State: engagement.NewState(sent, sent),
		}).Do(context.Background())
	}
	runs = map[string][]result{}
	for round := range max(o.Rounds, 1) {
		for _, way := range []string{inflateOnly, intoRecords, intoLines} {
			fmt.Fprintf(progress, "%s, round %d of %d: %s\n", messageEngagement, round+1, o.Rounds, way)
			began := time.Now()
			switch way {
			case inflateOnly:
				err = inflate(server.URL + "/download")
			default:
				err = read(engagementSink{lines: way == intoLines})
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", way, err)
			}
			runs[way] = append(runs[way], result{Rows: rows, Bytes: size, Seconds: time.Since(began).Seconds()})
		}
	}
	return runs, nil
}

// inflate fetches an export and unpacks it.
func inflate(url string) error {
	response, err := http.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return err
	}
	archive.RegisterDecompressor(zip.Deflate, flate.NewReader)
	for _, f := range archive.File {
		from, err := f.Open()
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, from); err != nil {
			return err
		}
	}
	return nil
}

// engagementSink encodes rows and throws them away.
type engagementSink struct{ lines bool }

func (s *engagementSink) Rows(ctx context.Context, t csv.Table, w csv.Window, from csv.Source) (csv.Stats, error) {
	if s.lines {
		encoder, err := ndjson.NewEncoder(t)
		if err != nil {
			return csv.Stats{}, err
		}
		return encoder.Encode(ctx, from, w, func(int64, bool, []byte) error { return nil })
	}
	encoder, err := record.NewEncoder(t)
	if err != nil {
		return csv.Stats{}, err
	}
	return encoder.Encode(ctx, from, w, func(batch *record.Batch) error { batch.Free(); return nil })
}

func (*engagementSink) Begin(context.Context) error                     { return nil }
func (*engagementSink) End(context.Context, time.Time, time.Time) error { return nil }
func (*engagementSink) Keep(context.Context) error                      { return nil }
func (*engagementSink) Warn(context.Context, string) error              { return nil }

// messagesTable is a row for each way.
func (r *report) messagesTable() [][]string {
	rows := [][]string{{"", "rows", "thousand rows/s", "MB/s of CSV", "of inflate"}}
	for _, way := range []string{inflateOnly, intoRecords, intoLines} {
		runs := r.Messages[way]
		rate := each(runs, result.rate)
		rows = append(rows, []string{
			way, fmt.Sprint(runs[0].Rows), fmt.Sprintf("%.4g (%.4g to %.4g)", rate.median/1e3, rate.low/1e3, rate.high/1e3),
			fmt.Sprintf("%.3g", each(runs, result.megabytes).median), fmt.Sprintf("%.2f", against(runs, r.Messages[inflateOnly], result.rate).median),
		})
	}
	return rows
}
