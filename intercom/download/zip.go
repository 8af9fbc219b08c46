package download

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"

	"intercom-connector/intercom/transport"
)

// zipStream reads a zip archive's files from its front, as it flows, by the
// header before each file. The directory at the archive's end, which a zip
// reader with random access starts from, is then compared with what came: a
// missing or different directory is an error, so a cut-off archive never looks
// whole. For that comparison a few numbers are kept of each file; an archive
// has at most maxZipFiles.
//
// What cannot be read from the front is refused by name: encrypted files,
// compression other than deflate, and stored files whose size comes after them.
type zipStream struct {
	src   *counter
	br    *bufio.Reader
	flate io.ReadCloser // reused from file to file
	file  *zipFile      // the one being read
	seen  map[int64]zipEntry
}

// maxZipFiles bounds the memory of seen to about a megabyte.
const maxZipFiles = 10_000

const (
	zipLocal     = 0x04034b50
	zipCentral   = 0x02014b50
	zipEnd       = 0x06054b50
	zip64End     = 0x06064b50
	zip64Locator = 0x07064b50
	zipTrailer   = 0x08074b50

	zipEncrypted = 1 << 0
	zipTrailed   = 1 << 3 // sizes and checksum follow the file
	zipStrong    = 1 << 6
	zipMasked    = 1 << 13

	zipStored   = 0
	zipDeflated = 8
)

// zipEntry is what is remembered of a file, to compare with the directory.
type zipEntry struct {
	name               uint32 // checksum of the name
	crc                uint32
	packed, size       uint64
	method             uint16
	compared, trailing bool
}

// counter counts what was read from the archive.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func newZipStream(r io.Reader) *zipStream {
	src := &counter{r: r}
	return &zipStream{src: src, br: bufio.NewReaderSize(src, decodeBuffer), seen: map[int64]zipEntry{}}
}

// offset is the position in the archive.
func (z *zipStream) offset() int64 { return z.src.n - int64(z.br.Buffered()) }

func (z *zipStream) next() (string, io.Reader, error) {
	if z.file != nil {
		// Read to its end by the caller, whose reader may have stopped short of
		// the checks that come with it.
		if _, err := io.Copy(io.Discard, z.file); err != nil {
			return "", nil, err
		}
		z.file = nil
	}
	at := z.offset()
	signature, err := z.uint32()
	if err != nil {
		return "", nil, err
	}
	if signature == zipLocal {
		return z.open(at)
	}
	return "", nil, z.directory(signature)
}

// open reads a file's header.
func (z *zipStream) open(at int64) (string, io.Reader, error) {
	h, err := z.take(26)
	if err != nil {
		return "", nil, err
	}
	le := binary.LittleEndian
	flags, method := le.Uint16(h[2:]), le.Uint16(h[4:])
	e := zipEntry{
		method: method, trailing: flags&zipTrailed != 0,
		crc: le.Uint32(h[10:]), packed: uint64(le.Uint32(h[14:])), size: uint64(le.Uint32(h[18:])),
	}
	nameLen, extraLen := int(le.Uint16(h[22:])), int(le.Uint16(h[24:]))
	nameBytes, err := z.take(nameLen)
	if err != nil {
		return "", nil, err
	}
	name := string(nameBytes)
	e.name = crc32.ChecksumIEEE(nameBytes)
	extra, err := z.take(extraLen)
	if err != nil {
		return "", nil, err
	}
	if err := zip64Sizes(extra, &e.size, &e.packed, nil); err != nil {
		return "", nil, zipRefused(name, err.Error())
	}
	f := &zipFile{z: z, name: name, at: at, entry: e, start: z.offset()}
	switch {
	case len(z.seen) >= maxZipFiles:
		return "", nil, transport.Refusal(fmt.Sprintf("zip: more than %d files", maxZipFiles))
	case flags&(zipEncrypted|zipStrong|zipMasked) != 0:
		return "", nil, zipRefused(name, "it is encrypted")
	case method == zipStored && e.trailing:
		return "", nil, zipRefused(name, "it is stored with its size after it, which cannot be read as it flows")
	case method == zipStored && e.packed != e.size:
		return "", nil, zipRefused(name, "it is stored, but its two sizes differ")
	case method == zipStored:
		f.content = io.LimitReader(z.br, int64(min(e.size, 1<<62)))
	case method == zipDeflated:
		if z.flate == nil {
			z.flate = flate.NewReader(z.br)
		} else if err := z.flate.(flate.Resetter).Reset(z.br, nil); err != nil {
			return "", nil, err
		}
		f.content = z.flate
	default:
		return "", nil, zipRefused(name, fmt.Sprintf("compression method %d is not known", method))
	}
	z.file = f
	return name, f, nil
}

// zipFile is the content of one file. Its end is an error unless sizes and
// checksum are as announced.
type zipFile struct {
	z       *zipStream
	name    string
	at      int64 // of its header
	start   int64 // of its content
	entry   zipEntry
	content io.Reader
	crc     uint32
	size    uint64
	err     error
}

func (f *zipFile) Read(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.content.Read(p)
	f.crc = crc32.Update(f.crc, crc32.IEEETable, p[:n])
	f.size += uint64(n)
	if err == io.EOF {
		err = f.finish()
	} else if err != nil {
		err = fmt.Errorf("zip: %q: %w", transport.Clip(f.name, 100), err)
	}
	f.err = err
	return n, err
}

// finish verifies the file, and returns io.EOF when all is well.
func (f *zipFile) finish() error {
	packed := uint64(f.z.offset() - f.start)
	got := zipEntry{name: f.entry.name, method: f.entry.method, crc: f.crc, packed: packed, size: f.size}
	if f.entry.method == zipStored && f.size < f.entry.size {
		return fmt.Errorf("zip: %q: %w", transport.Clip(f.name, 100), io.ErrUnexpectedEOF)
	}
	if f.entry.trailing {
		if err := f.z.trailer(got); err != nil {
			return fmt.Errorf("zip: %q: %w", transport.Clip(f.name, 100), err)
		}
	} else if f.entry.crc != got.crc || f.entry.packed != got.packed || f.entry.size != got.size {
		return fmt.Errorf("zip: %q: checksum or size is wrong", transport.Clip(f.name, 100))
	}
	f.z.seen[f.at] = got
	return io.EOF
}

// trailer reads the numbers after a file. They come in four shapes, with or
// without a signature, in 32 or 64 bits; nothing announces which, but only one
// agrees with the content.
func (z *zipStream) trailer(e zipEntry) error {
	le := binary.LittleEndian
	narrow := le.AppendUint32(nil, e.crc)
	wide := le.AppendUint64(le.AppendUint64(le.AppendUint32(nil, e.crc), e.packed), e.size)
	narrow = le.AppendUint32(le.AppendUint32(narrow, uint32(e.packed)), uint32(e.size))
	signature := le.AppendUint32(nil, zipTrailer)
	for _, want := range [][]byte{append(signature, wide...), append(signature, narrow...), wide, narrow} {
		if len(want) <= 16 && (e.packed>>32 != 0 || e.size>>32 != 0) {
			continue // too large for 32 bits
		}
		got, err := z.br.Peek(len(want))
		if err != nil && err != io.EOF {
			return err
		}
		if string(got) == string(want) {
			_, err := z.br.Discard(len(want))
			return err
		}
	}
	if got, err := z.br.Peek(12); len(got) < 12 {
		return noEOF(err)
	}
	return fmt.Errorf("checksum or size is wrong")
}

func zipRefused(name, why string) error {
	return transport.Refusal(fmt.Sprintf("zip: cannot read %q: %s", transport.Clip(name, 100), why))
}

func (z *zipStream) uint32() (uint32, error) {
	b, err := z.take(4)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b), nil
}

// take reads n bytes, which are valid until the next read. Neither a header nor
// a field of one is longer than the buffer.
func (z *zipStream) take(n int) ([]byte, error) {
	b, err := z.br.Peek(n)
	if len(b) < n {
		return nil, fmt.Errorf("zip: %w", noEOF(err))
	}
	_, err = z.br.Discard(n)
	return b, err
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
