package body

import (
	"archive/tar"
	"archive/zip"
	"fmt"
	"io"
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
		header := &tar.Header{Name: entryName(part), Mode: 0o644, Size: int64(size), ModTime: b.Time, Format: tar.FormatPAX}
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
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: entryName(part), Method: zip.Deflate, Modified: b.Time})
		if err != nil {
			return err
		}
		if err := b.part(entry, part); err != nil {
			return err
		}
	}
	return archive.Close()
}

// entryName is the name of a part's file, numbered from the second part on.
func entryName(part int) string {
	if part == 0 {
		return fileName
	}
	return fmt.Sprintf("reporting_data-%d.csv", part+1)
}
