package download

import (
	"bufio"
	"context"
	"errors"
	"io"
	"runtime/debug"

	"intercom-connector/intercom/transport"
)

// Blocks of a Stream.
const (
	blockSize = 128 << 10
	blocks    = 8
)

// Stream is the CSV of an export as a stream of bytes. One goroutine at a time
// may read it.
//
// Reading and decompressing go ahead in a goroutine of their own, by eight
// blocks of 128 KB at most; when the caller is slower the download waits, and
// when the network is slower the caller gets what there is. Nothing else is
// held in memory, nothing is stored on disk.
//
// A body that was cut off or damaged is an error, never io.EOF. Bytes handed
// out before the error may be a part of the CSV that ends anywhere.
type Stream struct {
	stop context.CancelFunc
	next queue
	free chan []byte
	done chan struct{} // closed when the goroutine has ended

	block []byte // to be recycled when the next is asked for, or nil
	rest  []byte // what Read has left of it
	err   error
}

// Config says how a Stream speaks of what went wrong.
type Config struct {
	Fail func(error) error  // makes the error that the reader gets; not for io.EOF
	Bug  func(stack string) // hears of a panic, which comes out where the stream is read
}

// Empty is a stream of nothing.
func Empty() *Stream { return &Stream{err: io.EOF} }

// New begins to read the body, until it ends, ctx ends, or the stream is closed.
func New(ctx context.Context, body *Body, cfg Config) *Stream {
	return start(ctx, body, cfg, decode)
}

// decoder makes the bytes that are handed out of those of a body. Its reader may
// say between them, by a *begins, that a file begins.
type decoder func(context.Context, io.Reader) (io.Reader, error)

func start(ctx context.Context, body *Body, cfg Config, decode decoder) *Stream {
	ctx, stop := context.WithCancel(ctx)
	s := &Stream{
		stop: stop,
		next: newQueue(),
		free: make(chan []byte, blocks),
		done: make(chan struct{}),
	}
	for range blocks {
		s.free <- nil // made when first needed: most exports are small
	}
	go s.run(ctx, body, cfg, decode)
	return s
}

// Body is the result as it comes.
type Body struct {
	buffer *bufio.Reader
	body   io.ReadCloser
}

// NewBody reads from an answer's body, which Close closes.
func NewBody(body io.ReadCloser) *Body {
	return &Body{bufio.NewReaderSize(body, lookBuffer), body}
}

// First waits for the first byte. It does not take it.
func (b *Body) First() (byte, error) {
	head, err := b.buffer.Peek(1)
	if err != nil {
		return 0, err
	}
	return head[0], nil
}

func (b *Body) Close() error { return b.body.Close() }

// run decodes the body into blocks until it ends, fails or is stopped.
func (s *Stream) run(ctx context.Context, body *Body, cfg Config, decode decoder) {
	defer close(s.done)
	defer body.Close()
	defer context.AfterFunc(ctx, func() { body.Close() })() // ends a read that waits for the network
	defer func() {
		if bug := recover(); bug != nil {
			cfg.Bug(string(debug.Stack()))
			s.next.add(block{bug: bug})
		}
	}()
	f := &filling{next: &s.next, body: body.buffer}
	csv, err := decode(ctx, f)
	for err == nil {
		select {
		case f.block = <-s.free:
		case <-ctx.Done():
			err = transport.Ended(ctx)
			continue
		}
		err = f.fill(csv)
		if b, ok := err.(*begins); ok {
			s.next.add(block{begins: b})
			err = nil
		}
	}
	if err != io.EOF {
		err = cfg.Fail(err)
	}
	s.next.add(block{err: err})
}

// filling is a block on its way to being full, and the body that it is filled
// from.
type filling struct {
	next  *queue
	body  *bufio.Reader
	block []byte
	to    int // what is decoded
}

// fill fills the block and hands it out.
func (f *filling) fill(csv io.Reader) (err error) {
	if f.block == nil {
		f.block = make([]byte, blockSize)
	}
	f.to = 0
	for f.to < blockSize && err == nil {
		var n int
		n, err = csv.Read(f.block[f.to:])
		f.to += n
	}
	f.next.extend(f.block[:f.to:f.to], f.block)
	return err
}

// Read reads the body for the decoders. Where that may take its time, the block
// is handed out as far as it is filled.
func (f *filling) Read(p []byte) (int, error) {
	if f.body.Buffered() == 0 && f.to > 0 {
		f.next.extend(f.block[:f.to:f.to], nil)
	}
	return f.body.Read(p)
}

// Next returns the next bytes of the CSV, up to 128 KB that end anywhere, and
// io.EOF after the last ones. The block is valid until the next call, and the
// caller may change it.
func (s *Stream) Next() ([]byte, error) {
	if len(s.rest) > 0 {
		b := s.rest
		s.rest = nil
		return b, nil
	}
	if s.err != nil {
		return nil, s.err
	}
	b := s.take()
	return b.data, b.err
}

// take gives the next block that has something, whose error is the stream's.
func (s *Stream) take() block {
	for {
		if s.block != nil {
			s.free <- s.block
			s.block = nil
		}
		b := s.next.take()
		s.block = b.whole
		if b.bug != nil {
			s.err = errors.New("intercom: a bug stopped the download")
			panic(b.bug) // where the caller can recover: unlike the goroutine's, it ends no other work
		}
		s.err = b.err
		if len(b.data) > 0 || b.begins != nil || b.err != nil {
			return b
		}
	}
}

// Ready reports that Next would not wait.
func (s *Stream) Ready() bool {
	return len(s.rest) > 0 || s.err != nil || s.next.ready()
}

// Read copies the next bytes of the CSV. Next saves the copy.
func (s *Stream) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		b, err := s.Next()
		if err != nil {
			return 0, err
		}
		s.rest = b
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

var errClosed = errors.New("intercom: the download is closed")

// Close stops the download and waits for its goroutine to end. It may be called
// at any time by the goroutine that reads, and more than once.
func (s *Stream) Close() error {
	if s.stop != nil {
		s.stop()
		<-s.done
	}
	s.rest, s.err = nil, errClosed
	return nil
}
