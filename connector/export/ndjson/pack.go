package ndjson

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

const (
	// packLevel is the fastest gzip level whose files are at most a tenth larger
	// than those of the usual one, which is that one itself: of an export of 20
	// columns, level 1 makes them 17% larger and packs twice as fast, level 4 13%
	// larger.
	packLevel = gzip.DefaultCompression
	// blockSize is how many bytes of lines go to the packing goroutine at a time.
	blockSize = 256 << 10
	// waiting is how many blocks may wait for it.
	waiting = 2
)

// Packer gzips what is written to it, in a goroutine of its own, so that packing
// goes on beside reading and encoding. Each Packer must be closed; what is written
// to its writer is written by its goroutine until Close returns.
type Packer struct {
	block  *[]byte // that is being filled
	blocks chan *[]byte
	file   file
	raw    int64
	failed chan struct{} // closed when err is set
	err    error
	done   chan struct{}
}

// file is the writer to which the packed bytes go.
type file struct {
	to   io.Writer
	hash hash.Hash
	size int64
}

// Write counts what is written.
func (f *file) Write(packed []byte) (int, error) {
	n, err := f.to.Write(packed)
	f.hash.Write(packed[:n])
	f.size += int64(n)
	return n, err
}

var (
	rooms   = sync.Pool{New: func() any { room := make([]byte, 0, blockSize); return &room }}
	packers = sync.Pool{New: func() any { w, _ := gzip.NewWriterLevel(nil, packLevel); return w }}
)

// NewPacker packs into a writer.
func NewPacker(to io.Writer) *Packer {
	p := &Packer{
		block: rooms.Get().(*[]byte), blocks: make(chan *[]byte, waiting), file: file{to: to, hash: sha256.New()},
		failed: make(chan struct{}), done: make(chan struct{}),
	}
	go p.pack()
	return p
}

// pack packs the blocks as they come. After an error it lets them pass.
func (p *Packer) pack() {
	defer close(p.done)
	w := packers.Get().(*gzip.Writer)
	w.Reset(&p.file)
	for block := range p.blocks {
		if p.err == nil {
			_, err := w.Write(*block)
			p.fail(err)
		}
		*block = (*block)[:0]
		rooms.Put(block)
	}
	if p.err == nil {
		p.fail(w.Close())
	}
	w.Reset(nil)
	packers.Put(w)
}

func (p *Packer) fail(err error) {
	if err != nil {
		p.err = err
		close(p.failed)
	}
}

// Write takes bytes, which are the caller's again when it returns. The error is
// that of writing what was taken before.
func (p *Packer) Write(lines []byte) (int, error) {
	if len(*p.block)+len(lines) > blockSize && len(*p.block) > 0 {
		select {
		case <-p.failed:
			return 0, p.err
		case p.blocks <- p.block:
			p.block = rooms.Get().(*[]byte)
		}
	}
	*p.block = append(*p.block, lines...)
	p.raw += int64(len(lines))
	return len(lines), nil
}

// Close packs the rest and ends the file. It does not close the writer.
func (p *Packer) Close() error {
	if p.block != nil {
		p.blocks <- p.block
		p.block = nil
		close(p.blocks)
	}
	<-p.done
	return p.err
}

// Raw is how many bytes were written to the Packer.
func (p *Packer) Raw() int64 { return p.raw }

// Size is how many bytes the file has, once the Packer is closed.
func (p *Packer) Size() int64 { return p.file.size }

// SHA256 is the file's checksum in hexadecimal, once the Packer is closed.
func (p *Packer) SHA256() string { return hex.EncodeToString(p.file.hash.Sum(nil)) }
