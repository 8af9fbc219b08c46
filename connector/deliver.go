package connector

import (
	"context"
	"errors"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/wire"
)

// freshFor is how long a job's answer is believed before a download.
const freshFor = 15 * time.Second

// downloads of one job before it is enqueued anew.
const maxDownloads = 3

// deliver streams the rows of a window whose job has ended. A download that
// breaks off is begun again: rows that were sent twice are the same rows.
func (s *syncRun) deliver(ctx context.Context, w *window, f *flight) (wire.Stats, error) {
	if f.err != nil {
		return wire.Stats{}, f.err
	}
	for try := 1; ; try++ {
		job, err := s.fresh(ctx, f)
		if err != nil {
			return wire.Stats{}, err
		}
		stats, err := s.download(ctx, w, job)
		api, ok := errors.AsType[*intercom.Error](err)
		if !ok || !api.Transient() || api.Expired() || try == maxDownloads {
			return stats, err
		}
		s.log.Warn("the download broke off and begins again", "dataset", w.lane.table.dataset.ID, "span", w.String(), "reason", sentence(err))
		f.landed = time.Time{}
		select {
		case <-time.After(time.Duration(try) * time.Second):
		case <-ctx.Done():
			return stats, context.Cause(ctx)
		}
	}
}

// fresh is the job as it is now: results expire while they wait for their turn.
func (s *syncRun) fresh(ctx context.Context, f *flight) (intercom.Job, error) {
	if time.Since(f.landed) < freshFor {
		return f.job, nil
	}
	return s.workspace.client.Await(ctx, f.id, time.Now().Add(-f.took))
}

// download streams a job's rows once.
func (s *syncRun) download(ctx context.Context, w *window, job intercom.Job) (wire.Stats, error) {
	csv, err := s.workspace.client.Download(ctx, job)
	if err != nil {
		return wire.Stats{}, err
	}
	defer csv.Close()
	stats, err := w.lane.encoder.Encode(ctx, csv, w.wire(), s.sendBatch)
	if err == nil && stats.Bytes == 0 && !job.Status.Empty() {
		return stats, errNoHeader
	}
	return stats, err
}

// errNoHeader: an export without rows still has its header line. One without
// that is not believed to be empty.
var errNoHeader = errors.New("the export came without a byte, not even a header line")

// sendBatch sends rows, and between them the checkpoints of jobs that were
// enqueued meanwhile.
func (s *syncRun) sendBatch(batch *wire.Batch) error {
	if err := s.send(batch); err != nil {
		return err
	}
	select {
	case e := <-s.events:
		return s.note(e)
	default:
		return nil
	}
}
