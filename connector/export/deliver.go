package export

import (
	"context"
	"errors"
	"strings"
	"time"

	"intercom-connector/connector/export/csv"
	"intercom-connector/intercom"
	"intercom-connector/intercom/transport"
)

// freshFor is how long a job's answer is believed before a download.
const freshFor = 15 * time.Second

// downloads of one job before it is enqueued anew.
const maxDownloads = 3

// deliver streams the rows of a window whose job has ended to the sink. A
// download that breaks off is begun again: the sink takes back what came of it,
// or overwrites it.
func (r *Run) deliver(ctx context.Context, w *window, j *job) (csv.Stats, error) {
	if j.err != nil {
		return csv.Stats{}, j.err
	}
	for try := 1; ; try++ {
		result, err := r.fresh(ctx, j)
		if err != nil {
			return csv.Stats{}, err
		}
		stats, err := r.download(ctx, w, j, result)
		api, ok := errors.AsType[*intercom.Error](err)
		if !ok || !api.Transient() || api.RateLimited() || api.Expired() || try == maxDownloads {
			return stats, err
		}
		r.config.Log.Warn("the download broke off and begins again", "dataset", w.dataset.id(), "span", w.String(), "reason", err)
		j.ended = time.Time{}
		if err := transport.Sleep(ctx, time.Duration(try)*time.Second); err != nil {
			return stats, err
		}
	}
}

// fresh is the job as it is now: results expire while they wait for their turn.
func (r *Run) fresh(ctx context.Context, j *job) (intercom.Job, error) {
	if time.Since(j.ended) < freshFor {
		return j.result, nil
	}
	return r.config.Client.Await(ctx, j.id, time.Now().Add(-j.took))
}

// download streams a job's rows. They are read again where the sink asks for it. A
// CSV that begins with many rows outside its window is read a second time once it
// has shown one inside: only then are its rows believed.
func (r *Run) download(ctx context.Context, w *window, j *job, result intercom.Job) (csv.Stats, error) {
	window := w.sinkWindow(j.asOf)
	stats, err := r.read(ctx, w, window, result)
	for errors.Is(err, csv.ErrReadAgain) {
		window.Asked.Believed, window.Again = true, true
		stats, err = r.read(ctx, w, window, result)
	}
	if err == nil && !stats.Headed && !result.Status.Empty() && !w.empty {
		return stats, errNoHeader
	}
	return stats, err
}

// read streams a job's rows once. An answer of no byte at all has none: see
// errNoHeader.
func (r *Run) read(ctx context.Context, w *window, window Window, result intercom.Job) (csv.Stats, error) {
	blocks, err := r.config.Client.Download(ctx, result)
	if api, ok := errors.AsType[*intercom.Error](err); ok && api.Empty() {
		return w.dataset.rows.Read(ctx, window, csv.FromReader(strings.NewReader("")))
	}
	if err != nil {
		return csv.Stats{}, err
	}
	defer blocks.Close()
	return w.dataset.rows.Read(ctx, window, between{blocks, func() error { return r.hearNow(ctx) }})
}

// errNoHeader: an export without rows still has its header line. One without
// that is not believed to be empty until a second job has said the same.
var errNoHeader = errors.New("the export came without even a header line")

// between is a source that does something before each block.
type between struct {
	blocks interface {
		csv.Source
		Ready() bool
	}
	do func() error
}

func (b between) Next() ([]byte, error) {
	if err := b.do(); err != nil {
		return nil, err
	}
	return b.blocks.Next()
}

func (b between) Ready() bool { return b.blocks.Ready() }
