package download

import (
	"bufio"
	"errors"
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

// nextMember returns io.EOF when there is none. Zeros may fill the rest of the
// file. Anything else there may be a member whose beginning is damaged, and its
// rows with it: that is an error.
func (g *gunzip) nextMember() error {
	next, err := g.br.Peek(1)
	if err != nil {
		return err
	}
	if next[0] == 0 {
		return g.padding()
	}
	if err := g.z.Reset(g.br); err != nil {
		return fmt.Errorf("after the end of a gzip file: %w", gzipError(err))
	}
	g.z.Multistream(false)
	return nil
}

// padding reads the zeros after the last member, and returns io.EOF at their end.
func (g *gunzip) padding() error {
	for {
		b, err := g.br.ReadByte()
		if err != nil {
			return err
		}
		if b != 0 {
			return errors.New("after the end of a gzip file and zeros: something else")
		}
	}
}

func gzipError(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("gunzip: %w", err)
}
