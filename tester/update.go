package tester

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/protocol"
	"intercom-connector/tester/screen"
	"intercom-connector/tester/warehouse"
)

// update reads the Update stream to its end and lands what it brings.
func (s *session) update(ctx context.Context, w *warehouse.Warehouse, landed *warehouse.LandedState, tables *catalog, state string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l := warehouse.NewLander(w, landed, s.keep, cancel)
	for _, t := range tables.order {
		if !t.selected {
			continue
		}
		if err := l.Prepare(ctx, t.name, t.columns); err != nil {
			return err
		}
	}
	go l.Run(ctx)
	r := &reader{
		catalog: tables, stager: &stager{now: s.config.now}, count: &s.summary.Counts,
		warehouse: w, lander: l, progress: newProgress(tables), warn: s.warn, pace: s.config.pace, maxStaged: s.config.maxStaged,
		due: time.Now().Add(s.config.pace),
	}
	started := s.config.now()
	err := s.read(ctx, r, state)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause // the lander's failure, or the caller's wish
	}
	err = errors.Join(err, r.end(err == nil))
	if failed := l.Finish(); failed != nil {
		err = failed
	}
	if s.config.Jobs != nil {
		s.summary.Jobs = s.config.Jobs.Done.Load()
	}
	s.summary.Widenings = l.Widenings()
	s.summary.Duration = s.config.now().Sub(started)
	s.summary.Dropped = s.summary.Counts.Records() - l.Kept()
	return errors.Join(err, s.summary.countTables(context.WithoutCancel(ctx), l, tables))
}

// read takes messages until the stream ends; nil is a good end.
func (s *session) read(ctx context.Context, r *reader, state string) error {
	r.progress.Jobs = s.config.Jobs
	stop := s.config.Screen.Watch(r.progress)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	messages := s.receive(ctx, state)
	defer func() {
		cancel()
		for m := range messages {
			m.free()
		}
	}()
	idle := time.NewTicker(s.config.pace / 2)
	defer idle.Stop()
	for {
		select {
		case m := <-messages:
			if m.err != nil {
				return m.end(s.config.maxMessage)
			}
			err := r.message(m.message.Buf.ReadOnlyData())
			m.free()
			if err != nil {
				return err
			}
		case <-idle.C:
			if err := r.idle(); err != nil {
				return err
			}
		}
	}
}

// received is a message, or the error that ended the stream.
type received struct {
	message protocol.Message
	err     error
}

func (m received) free() {
	if m.message.Buf != nil {
		m.message.Buf.Free()
	}
}

// end says how the stream ended.
func (m received) end(limit int) error {
	switch {
	case errors.Is(m.err, io.EOF):
		return nil
	case status.Code(m.err) == codes.ResourceExhausted && strings.Contains(m.err.Error(), "larger than max"):
		return protocol.Broken(protocol.RuleMessageSize, "a message was larger than %d bytes", limit)
	}
	return rpcError("Update", m.err)
}

// receive calls Update and receives its messages until the stream or ctx ends.
// The channel's last message is the stream's error. Read it until it is closed.
func (s *session) receive(ctx context.Context, state string) <-chan received {
	messages := make(chan received, 4)
	go func() {
		defer close(messages)
		stream, err := s.call(ctx, state)
		for err == nil {
			var m received
			if err = stream.RecvMsg(&m.message); err == nil {
				messages <- m
			}
		}
		messages <- received{err: err}
	}()
	return messages
}

// call starts the Update stream.
func (s *session) call(ctx context.Context, state string) (grpc.ClientStream, error) {
	stream, err := s.config.Conn.NewStream(ctx, &sdk.SourceConnector_ServiceDesc.Streams[0],
		sdk.SourceConnector_Update_FullMethodName, s.limits(grpc.ForceCodecV2(protocol.NewCodec()))...)
	if err != nil {
		return nil, err
	}
	request := &sdk.UpdateRequest{Configuration: s.config.Configuration, Selection: s.config.Selection, StateJson: &state}
	if err := stream.SendMsg(request); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return stream, stream.CloseSend() // a failed call's error comes with RecvMsg
}

// maxWarnings bounds how many warnings a summary keeps; all are counted.
const maxWarnings = 1000

func (s *session) warn(message string) {
	s.config.Screen.Warn(message)
	s.summary.Warnings++
	if message = s.secrets.Hide(message); len(s.summary.WarningTexts) < maxWarnings && !slices.Contains(s.summary.WarningTexts, message) {
		s.summary.WarningTexts = append(s.summary.WarningTexts, message)
	}
}

// newProgress has nothing yet, of so many tables.
func newProgress(tables *catalog) *screen.Progress {
	var p screen.Progress
	for _, t := range tables.order {
		if t.selected {
			p.Tables.Add(1)
		}
	}
	return &p
}
