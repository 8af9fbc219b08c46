package sent

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"

	"intercom-connector/connector/deflate"
)

// Keys are those of rows, packed: in their order, each as the number of bytes that
// it begins with like the one before it, and the rest with its length; and all of
// that deflated. The zero Keys are none.
type Keys struct {
	count  int
	packed []byte
}

func Pack(set map[string]struct{}) Keys {
	if len(set) == 0 {
		return Keys{}
	}
	var plain []byte
	last := ""
	for _, key := range slices.Sorted(maps.Keys(set)) {
		alike := 0
		for alike < min(len(key), len(last)) && key[alike] == last[alike] {
			alike++
		}
		plain = binary.AppendUvarint(plain, uint64(alike))
		plain = binary.AppendUvarint(plain, uint64(len(key)-alike))
		plain = append(plain, key[alike:]...)
		last = key
	}
	return Keys{len(set), deflate.Pack(plain)}
}

func (k Keys) Len() int { return k.count }

// Bytes is what they take in JSON, about.
func (k Keys) Bytes() int { return len(k.packed) * 4 / 3 }

var errKeys = errors.New("keys are remembered that cannot be")

// Of what any keys take that fit into a state, all together and each: more was packed
// to take a reader's memory.
const (
	mostKeys   = 256 << 20
	longestKey = 1 << 20
)

// Each gives every key, in their order. An error says that nobody packed them.
func (k Keys) Each(do func(key []byte)) error {
	if k.count == 0 {
		return nil
	}
	from := bufio.NewReader(deflate.Unpack(k.packed, mostKeys))
	var key, last []byte
	for range k.count {
		alike, err1 := binary.ReadUvarint(from)
		more, err2 := binary.ReadUvarint(from)
		if errors.Join(err1, err2) != nil || alike > uint64(len(last)) || more > longestKey || alike+more > longestKey {
			return errKeys
		}
		key = append(append(key[:0], last[:alike]...), make([]byte, more)...)
		if _, err := io.ReadFull(from, key[alike:]); err != nil || last != nil && bytes.Compare(key, last) <= 0 {
			return errKeys
		}
		do(key)
		key, last = last, key
	}
	if _, err := from.ReadByte(); err != io.EOF {
		return errKeys
	}
	return nil
}

// MarshalJSON writes the keys as text.
func (k Keys) MarshalJSON() ([]byte, error) { return json.Marshal(k.append(nil)) }

// UnmarshalJSON reads what MarshalJSON wrote, and refuses what it cannot have
// written.
func (k *Keys) UnmarshalJSON(text []byte) error {
	var b []byte
	if err := json.Unmarshal(text, &b); err != nil {
		return err
	}
	from := bytes.NewReader(b)
	keys, err := readKeys(from)
	if err != nil || from.Len() > 0 {
		return errKeys
	}
	*k = keys
	return nil
}

// append appends the keys to what is remembered.
func (k Keys) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(k.count))
	b = binary.AppendUvarint(b, uint64(len(k.packed)))
	return append(b, k.packed...)
}

// readKeys reads what append wrote.
func readKeys(from *bytes.Reader) (Keys, error) {
	count, err1 := binary.ReadUvarint(from)
	length, err2 := binary.ReadUvarint(from)
	if errors.Join(err1, err2) != nil || length > uint64(from.Len()) || count > mostKeys {
		return Keys{}, errKeys
	}
	k := Keys{int(count), make([]byte, length)}
	if _, err := io.ReadFull(from, k.packed); err != nil {
		return Keys{}, errKeys
	}
	return k, k.Each(func([]byte) {})
}
