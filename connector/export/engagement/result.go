package engagement

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"intercom-connector/connector/export/csv"
	"intercom-connector/intercom"
	"intercom-connector/intercom/transport"
)

// totals are the rows of a job.
type totals struct {
	headed           bool // a file of receipts was there
	receipts, events int64
	most             int64              // of one file's
	eventsCut        bool               // one of events has as many as a job gives
	ordered          bool               // receipts came in the order of their sending
	last             int64              // when the last of them was sent
	rows             map[string]*counts // what they were like, by table
	first            map[string]int64   // the receipts that met with an event
	met              map[string]bool    // the streams that had files
}

func (t *totals) add(table csv.Table, stats csv.Stats, receipts bool, limit int64) {
	if t.rows[table.Name] == nil {
		t.rows[table.Name] = newCounts()
	}
	t.rows[table.Name].add(table, stats)
	rows := stats.Rows + stats.Left
	t.most = max(t.most, rows)
	if !receipts {
		t.events += rows
		t.eventsCut = t.eventsCut || rows == limit
		return
	}
	t.receipts += rows
	for i, n := range stats.Filled {
		if event, ok := strings.CutPrefix(table.Columns[i].Name, first); ok {
			t.first[event] += n
		}
	}
	t.ordered, t.last = !stats.Unordered && stats.Timeless == 0, stats.LastTime.Unix()
}

// cut says whether rows may be missing since the job gives only the first so many:
// of each file, or of all together. More than that are no sign of it.
func (t *totals) cut(most int64) bool {
	return t.receipts == most || t.eventsCut || t.receipts+t.events == most
}

// receiptsAlone says that of what may be missing it is receipts alone, the last
// ones.
func (t *totals) receiptsAlone(most int64) bool {
	return t.ordered && t.receipts == most && !t.eventsCut
}

// errNoReceipts: an export has a file of receipts, if only a header, unless its job
// says that there is no data.
var errNoReceipts = errors.New("the export came without a file of receipts")

// maxDownloads of one job before it is asked for anew.
const maxDownloads = 3

// deliver gives the rows of a job that has ended to the sink. A download that
// breaks off is begun again: what came of it is overwritten.
func (r *Run) deliver(ctx context.Context, w span, job intercom.Job) (got totals, err error) {
	window := csv.Window{Start: instant(w.from), End: instant(w.to), Until: instant(r.config.State.own(w))}
	for try := 1; ; try++ {
		got, err = r.download(ctx, window, job)
		if api, ok := errors.AsType[*intercom.Error](err); ok && api.Empty() {
			err = errNoReceipts
		}
		if errors.Is(err, csv.ErrReadAgain) && !window.Believed {
			window.Believed = true
			continue
		}
		api, ok := errors.AsType[*intercom.Error](err)
		if !ok || !api.Transient() || api.RateLimited() || api.Expired() || try >= maxDownloads {
			return got, err
		}
		r.config.Log.Warn("the download broke off and begins again", "span", w.String(), "reason", err)
		if err := transport.Sleep(ctx, time.Duration(try)*time.Second); err != nil {
			return got, err
		}
	}
}

// download reads the files of a job once.
func (r *Run) download(ctx context.Context, w csv.Window, job intercom.Job) (totals, error) {
	met := map[string]bool{}
	got := totals{rows: map[string]*counts{}, first: map[string]int64{}, met: met}
	if err := r.config.Sink.Begin(ctx); err != nil {
		return got, err
	}
	files, err := r.config.Client.DownloadContent(ctx, job)
	if err != nil {
		return got, err
	}
	defer files.Close()
	next, err := nextPart(files)
	for err == nil {
		if met[next.stream] {
			return got, fmt.Errorf("the export holds files of %q apart from one another", next.stream)
		}
		met[next.stream] = true
		rows := newParts(files, next)
		if err = r.stream(ctx, w, rows, &got); err == nil {
			next, err = rows.following()
		}
	}
	switch {
	case !errors.Is(err, io.EOF):
		return got, err
	case !got.headed && !job.Status.Empty():
		return got, errNoReceipts
	}
	return got, nil
}

// stream gives the rows of one stream's files to the sink, if they are wanted.
func (r *Run) stream(ctx context.Context, w csv.Window, rows *parts, got *totals) error {
	first, receipts := rows.current, rows.current.receipts()
	var t csv.Table
	var err error
	switch {
	case receipts:
		got.headed = true
		t, err = r.config.receipts(first.names)
	case first.stream == "":
		err = fmt.Errorf("a file of %d columns, whose name does not say what it is, is none of receipts", len(first.names))
	default:
		t, err = r.config.events(first.stream, first.names)
		w = csv.Window{} // what happened may lie outside
	}
	if err != nil {
		return err
	}
	wanted := r.config.Wanted == nil || r.config.Wanted(t.Name, "")
	if !wanted { // how many they are tells whether others are missing
		w.Filter = func(*csv.Row) bool { return false }
	}
	stats, err := r.config.Sink.Rows(ctx, t, w, rows)
	if err != nil {
		return fmt.Errorf("the file of %s: %w", first.about(), err)
	}
	got.add(t, stats, receipts, r.config.MostRows)
	if !wanted {
		delete(got.rows, t.Name) // and nobody needs to know what they are like
	}
	return nil
}
