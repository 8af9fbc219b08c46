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
)

// update reads the Update stream to its end and lands what it brings.
func (s *session) update(ctx context.Context, w *warehouse, tables *catalog, state string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var kept int64
	l := newLander(s, w, cancel, func(rows int64) { kept += rows })
	if err := l.prepare(ctx, tables); err != nil {
		return err
	}
	go l.run(ctx)
	r := &reader{
		catalog: tables, stager: &stager{warehouse: w, now: s.now}, count: &s.summary.counts,
		lander: l, warn: s.warn, pace: s.pace, maxStaged: s.maxStaged,
		due: time.Now().Add(s.pace),
	}
	started := s.now()
	err := s.read(ctx, r, state)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause // the lander's failure, or the caller's wish
	}
	err = errors.Join(err, r.end(err == nil))
	close(l.jobs)
	<-l.done
	if l.err != nil {
		err = l.err
	}
	s.summary.Widenings = l.widenings
	s.summary.Duration = s.now().Sub(started)
	s.summary.Dropped = s.summary.records() - kept
	return errors.Join(err, s.summary.countTables(context.WithoutCancel(ctx), l, tables))
}

// read takes messages until the stream ends; nil is a good end.
func (s *session) read(ctx context.Context, r *reader, state string) error {
	stop := s.Screen.watch(&r.progress)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	messages := s.receive(ctx, state)
	defer func() {
		cancel()
		for m := range messages {
			m.free()
		}
	}()
	idle := time.NewTicker(s.pace / 2)
	defer idle.Stop()
	for {
		select {
		case m := <-messages:
			if m.err != nil {
				return m.end(s.maxMessage)
			}
			err := r.message(m.buf.ReadOnlyData())
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
	rawMessage
	err error
}

func (m received) free() {
	if m.buf != nil {
		m.buf.Free()
	}
}

// end says how the stream ended.
func (m received) end(limit int) error {
	switch {
	case errors.Is(m.err, io.EOF):
		return nil
	case status.Code(m.err) == codes.ResourceExhausted && strings.Contains(m.err.Error(), "larger than max"):
		return broken(RuleMessageSize, "a message was larger than %d bytes", limit)
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
			if err = stream.RecvMsg(&m.rawMessage); err == nil {
				messages <- m
			}
		}
		messages <- received{err: err}
	}()
	return messages
}

// call starts the Update stream.
func (s *session) call(ctx context.Context, state string) (grpc.ClientStream, error) {
	stream, err := s.Conn.NewStream(ctx, &sdk.SourceConnector_ServiceDesc.Streams[0],
		sdk.SourceConnector_Update_FullMethodName, s.limits(grpc.ForceCodecV2(newRawCodec()))...)
	if err != nil {
		return nil, err
	}
	request := &sdk.UpdateRequest{Configuration: s.Configuration, Selection: s.Selection, StateJson: &state}
	if err := stream.SendMsg(request); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return stream, stream.CloseSend() // a failed call's error comes with RecvMsg
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
