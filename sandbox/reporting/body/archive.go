package body

import (
	"archive/tar"
	"archive/zip"
	"fmt"
	"io"
	"path"
	"strings"
)

// writeTar makes each CSV twice: a tar header wants the size first, and the
// rows are the same every time.
func (b *Body) writeTar(w io.Writer) error {
	archive := tar.NewWriter(w)
	for part := range b.Options.Parts {
		var size Counter
		if err := b.part(&size, part); err != nil {
			return err
		}
		header := &tar.Header{Name: b.entryName(part), Mode: 0o644, Size: int64(size), ModTime: b.Time, Format: tar.FormatPAX}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if err := b.part(archive, part); err != nil {
			return err
		}
	}
	return archive.Close()
}

func (b *Body) writeZip(w io.Writer) error {
	archive := zip.NewWriter(w)
	for part := range b.Options.Parts {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: b.entryName(part), Method: zip.Deflate, Modified: b.Time})
		if err != nil {
			return err
		}
		if err := b.part(entry, part); err != nil {
			return err
		}
	}
	return archive.Close()
}

// entryName is the name of a part's file: the given one, numbered from the
// second part on.
func (b *Body) entryName(part int) string {
	name := b.Options.EntryName
	if part == 0 {
		return name
	}
	extension := path.Ext(name)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, extension), part+1, extension)
}
