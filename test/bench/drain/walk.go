package drain

import (
	"errors"

	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
)

// walk goes through a stream of gRPC messages, UpdateResponses, in pieces as
// they come off the connection. It decodes nothing and copies nothing: it reads
// the tags and lengths of what is outermost and passes over the rest.
type walk struct {
	records int
	trouble string // of a warning or a task

	message int    // bytes left of the message; 0 before its prefix was read
	field   int    // bytes left of the field that is passed over
	tag     uint64 // of the field whose length comes next; 0 if a tag does
	number  uint64 // what was read of the prefix, the tag or the length
	digits  int    // bytes of number
	text    []byte // of a warning or a task, so far
}

// Fields of the protocol.
const (
	fieldRecord  = 1 // of UpdateResponse, and of Records
	fieldWarning = 4
	fieldTask    = 5
	fieldRecords = 6
)

// prefixLength is what gRPC puts before a message: whether it is compressed,
// and four bytes of length.
const prefixLength = 5

var (
	errMalformed  = errors.New("a message is not an UpdateResponse")
	errCompressed = errors.New("a message is compressed")
	errCut        = errors.New("the stream ends within a message")
)

func (w *walk) Write(piece []byte) (int, error) {
	for rest := piece; len(rest) > 0; {
		n, err := 1, error(nil)
		switch {
		case w.field > 0:
			n = min(w.field, len(rest))
			err = w.pass(rest[:n])
		case w.message == 0:
			err = w.prefix(rest[0])
		default:
			err = w.head(rest[0])
		}
		if err != nil {
			return 0, err
		}
		rest = rest[n:]
	}
	return len(piece), nil
}

// prefix takes a byte between messages.
func (w *walk) prefix(b byte) error {
	w.number = w.number<<8 | uint64(b)
	if w.digits++; w.digits < prefixLength {
		return nil
	}
	if w.number>>32 != 0 {
		return errCompressed
	}
	w.message, w.number, w.digits = int(w.number), 0, 0
	return nil
}

// head takes a byte of a field's tag or length, which are varints.
func (w *walk) head(b byte) error {
	w.message--
	w.number |= uint64(b&0x7f) << (7 * w.digits)
	w.digits++
	more := b >= 0x80 || w.tag == 0 // of the number, or a length after a tag
	switch {
	case w.digits == 5 && b >= 0x80, more && w.message == 0:
		return errMalformed
	case b >= 0x80:
		return nil
	}
	n := w.number
	w.number, w.digits = 0, 0
	if w.tag == 0 {
		w.tag = n
		return nil
	}
	tag := w.tag
	w.tag = 0
	if tag&7 != 2 || int(n) > w.message {
		return errMalformed
	}
	switch tag >> 3 {
	case fieldRecords:
		return nil // to the records in it
	case fieldRecord:
		w.records++
	case fieldWarning, fieldTask:
		w.text = make([]byte, 0, n)
	}
	w.field = int(n)
	return nil
}

// pass goes past a part of a field.
func (w *walk) pass(part []byte) error {
	w.field -= len(part)
	w.message -= len(part)
	if w.text == nil {
		return nil
	}
	w.text = append(w.text, part...)
	if w.field > 0 {
		return nil
	}
	var told sdk.Warning // a task has the same field
	err := proto.Unmarshal(w.text, &told)
	w.trouble, w.text = told.GetMessage(), nil
	return err
}

// end says whether the stream may end here.
func (w *walk) end() error {
	if w.message > 0 || w.digits > 0 {
		return errCut
	}
	return nil
}
