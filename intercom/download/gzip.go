package download

import (
	"bufio"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// gunzip reads the concatenated members of a gzip file. It steps from member
// to member itself, because the library takes a member whose header is cut off
// within its file name for the clean end of the file.
type gunzip struct {
	br  *bufio.Reader
	z   *gzip.Reader
	err error
}

// newGunzip reads the first member's header.
func newGunzip(br *bufio.Reader) (*gunzip, error) {
	z, err := gzip.NewReader(br)
	if err != nil {
		return nil, gzipError(err)
	}
	z.Multistream(false)
	return &gunzip{br: br, z: z}, nil
}

func (g *gunzip) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.z.Read(p)
	if err == io.EOF {
		err = g.nextMember()
	} else if err != nil {
		err = gzipError(err)
	}
	g.err = err
	return n, err
}

// nextMember returns io.EOF when there is none.
func (g *gunzip) nextMember() error {
	if _, err := g.br.Peek(1); err != nil {
		return err
	}
	if err := g.z.Reset(g.br); err != nil {
		return gzipError(err)
	}
	g.z.Multistream(false)
	return nil
}

func gzipError(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("gunzip: %w", err)
}
