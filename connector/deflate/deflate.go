// Package deflate packs what travels with every checkpoint.
package deflate

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"sync"
)

// writers are for Pack: a new one takes a megabyte.
var writers = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.DefaultCompression)
	if err != nil {
		panic(err) // the level is one
	}
	return w
}}

func Pack(plain []byte) []byte {
	var b bytes.Buffer
	w := writers.Get().(*flate.Writer)
	defer writers.Put(w)
	w.Reset(&b)
	_, err := w.Write(plain)
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err) // into memory
	}
	return b.Bytes()
}

// Unpack reads what Pack made, so many bytes of it at the most.
func Unpack(packed []byte, most int64) io.Reader {
	return io.LimitReader(flate.NewReader(bytes.NewReader(packed)), most)
}
