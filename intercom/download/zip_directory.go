package download

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"intercom-connector/intercom/transport"
)

// zipDirectory is what the end of a directory says of it.
type zipDirectory struct {
	files, size, offset uint64
}

// directory reads a zip's directory and its end, from the given signature on,
// and compares them with the files that came. It returns io.EOF when the
// archive is whole.
func (z *zipStream) directory(signature uint32) error {
	start := z.offset() - 4
	files := uint64(0)
	for ; signature == zipCentral; files++ {
		if err := z.directoryEntry(); err != nil {
			return err
		}
		var err error
		if signature, err = z.uint32(); err != nil {
			return err
		}
	}
	if files != uint64(len(z.seen)) {
		return fmt.Errorf("zip: %d files, but the directory lists %d", len(z.seen), files)
	}
	want := zipDirectory{files: files, size: uint64(z.offset() - 4 - start), offset: uint64(start)}
	wide, signature, err := z.wideEnd(signature)
	if err != nil {
		return err
	}
	if signature != zipEnd {
		return fmt.Errorf("zip: unknown signature %#08x", signature)
	}
	end, err := z.take(18)
	if err != nil {
		return err
	}
	le := binary.LittleEndian
	got := zipDirectory{uint64(le.Uint16(end[6:])), uint64(le.Uint32(end[8:])), uint64(le.Uint32(end[12:]))}
	if wide != nil {
		got = *wide
	}
	if got != want {
		return fmt.Errorf("zip: the directory has %d files in %d bytes, and announces %d in %d", want.files, want.size, got.files, got.size)
	}
	if _, err := z.take(int(le.Uint16(end[16:]))); err != nil {
		return err // in the archive's comment
	}
	if _, err := z.br.ReadByte(); err != nil {
		return err
	}
	return transport.Refusal("zip: there is data after the archive's end")
}

// directoryEntry compares one entry with the file that it is about.
func (z *zipStream) directoryEntry() error {
	h, err := z.take(42)
	if err != nil {
		return err
	}
	le := binary.LittleEndian
	listed := zipEntry{
		method: le.Uint16(h[6:]), crc: le.Uint32(h[12:]),
		packed: uint64(le.Uint32(h[16:])), size: uint64(le.Uint32(h[20:])),
	}
	nameLen, extraLen, commentLen := le.Uint16(h[24:]), le.Uint16(h[26:]), le.Uint16(h[28:])
	at := uint64(le.Uint32(h[38:]))
	name, err := z.take(int(nameLen))
	if err != nil {
		return err
	}
	listed.name = crc32.ChecksumIEEE(name)
	text := transport.Clip(string(name), 100)
	extra, err := z.take(int(extraLen))
	if err != nil {
		return err
	}
	if err := zip64Sizes(extra, &listed.size, &listed.packed, &at); err != nil {
		return zipRefused(text, err.Error())
	}
	if _, err := z.take(int(commentLen)); err != nil {
		return err
	}
	came, found := z.seen[int64(at)]
	if !found || came.compared {
		return fmt.Errorf("zip: the directory lists %q, which did not come", text)
	}
	if listed != came {
		return fmt.Errorf("zip: %q is not as the directory lists it", text)
	}
	came.compared = true
	z.seen[int64(at)] = came
	return nil
}

// wideEnd reads the two records that a directory with 64-bit numbers has before
// its end. It returns what they say, nil without such records, and the next
// signature.
func (z *zipStream) wideEnd(signature uint32) (*zipDirectory, uint32, error) {
	if signature != zip64End {
		return nil, signature, nil
	}
	h, err := z.take(8)
	if err != nil {
		return nil, 0, err
	}
	le := binary.LittleEndian
	size := le.Uint64(h)
	if size < 44 || size > decodeBuffer {
		return nil, 0, fmt.Errorf("zip: the directory's end has %d bytes", size)
	}
	record, err := z.take(int(size))
	if err != nil {
		return nil, 0, err
	}
	wide := &zipDirectory{le.Uint64(record[20:]), le.Uint64(record[28:]), le.Uint64(record[36:])}
	if signature, err = z.uint32(); err != nil {
		return nil, 0, err
	}
	if signature != zip64Locator {
		return nil, 0, fmt.Errorf("zip: unknown signature %#08x", signature)
	}
	if _, err = z.take(16); err != nil {
		return nil, 0, err
	}
	signature, err = z.uint32()
	return wide, signature, err
}

// zip64Sizes replaces the numbers that do not fit into 32 bits by those of the
// extra field, where they come in this order. A nil number is not looked for.
func zip64Sizes(extra []byte, numbers ...*uint64) error {
	le := binary.LittleEndian
	for len(extra) >= 4 {
		id, n := le.Uint16(extra), int(le.Uint16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			return errors.New("its header's extra fields are damaged")
		}
		field := extra[:n]
		extra = extra[n:]
		if id != 1 {
			continue
		}
		for _, number := range numbers {
			if number == nil || *number != 0xffffffff {
				continue
			}
			if len(field) < 8 {
				return errors.New("its header's 64-bit sizes are damaged")
			}
			*number, field = le.Uint64(field), field[8:]
		}
		return nil
	}
	return nil
}
