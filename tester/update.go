package tester

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "intercom-connector/proto"
)

// update reads the Update stream to its end and lands what it brings.
func (s *session) update(ctx context.Context, w *warehouse, tables *catalog, state string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var kept atomic.Int64 // rows that have landed
	l := newLander(s, w, cancel, func(segments []*segment) {
		for _, g := range segments {
			kept.Add(g.rows)
		}
	})
	if err := l.prepare(ctx, tables); err != nil {
		return err
	}
	go l.run(ctx)
	r := &reader{
		catalog: tables, stager: &stager{warehouse: w, now: s.now}, count: &s.summary.counts,
		checkpoint: func(segments []*segment, state string) error {
			return l.send(ctx, job{segments, &state})
		},
		warn: s.warn,
	}
	started := s.now()
	err := s.read(ctx, r, state)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause // the lander's failure, or the caller's wish
	}
	if err == nil {
		err = s.finish(ctx, r, l)
	}
	r.drop()
	close(l.jobs)
	<-l.done
	if l.err != nil {
		err = l.err
	}
	s.summary.Widenings = l.widenings
	s.summary.Duration = s.now().Sub(started)
	s.summary.Dropped = s.summary.records() - kept.Load()
	return errors.Join(err, s.summary.countTables(context.WithoutCancel(ctx), l, tables))
}

// read receives messages until the stream ends; nil is a good end.
func (s *session) read(ctx context.Context, r *reader, state string) error {
	stop := s.Screen.watch(&r.progress)
	defer stop()
	stream, err := s.Conn.NewStream(ctx, &sdk.SourceConnector_ServiceDesc.Streams[0],
		sdk.SourceConnector_Update_FullMethodName, calls(grpc.ForceCodecV2(newRawCodec()))...)
	if err != nil {
		return rpcError("Update", err)
	}
	request := &sdk.UpdateRequest{Configuration: s.Configuration, Selection: s.Selection, StateJson: &state}
	if err := errors.Join(stream.SendMsg(request), stream.CloseSend()); err != nil && !errors.Is(err, io.EOF) {
		return rpcError("Update", err)
	}
	for {
		var m rawMessage
		switch err := stream.RecvMsg(&m); {
		case errors.Is(err, io.EOF):
			return nil
		case status.Code(err) == codes.ResourceExhausted && strings.Contains(err.Error(), "larger than max"):
			return broken(RuleMessageSize, "a message was larger than %d bytes", MaxMessageSize)
		case err != nil:
			return rpcError("Update", err)
		}
		err := r.message(m.buf.ReadOnlyData())
		m.buf.Free()
		if err != nil {
			return err
		}
	}
}

// finish lands the rows after the last checkpoint of a stream that ended well.
func (s *session) finish(ctx context.Context, r *reader, l *lander) error {
	segments, err := r.sealed()
	if err != nil || len(segments) == 0 {
		return err
	}
	s.warn("the stream ended without a checkpoint after its last rows: they have landed, and the next sync will bring them again")
	return l.send(ctx, job{segments: segments})
}

// maxWarnings bounds how many warnings a summary keeps; all are shown and counted.
const maxWarnings = 1000

func (s *session) warn(message string) {
	s.Screen.Printf("WARNING: %s", message)
	s.summary.Warnings++
	if message = s.hide.string(message); len(s.summary.WarningTexts) < maxWarnings && !slices.Contains(s.summary.WarningTexts, message) {
		s.summary.WarningTexts = append(s.summary.WarningTexts, message)
	}
}
