package protocol

import (
	"google.golang.org/protobuf/encoding/protowire"

	sdk "intercom-connector/proto"
)

// Field is one entry of a record's data.
type Field struct {
	Name  []byte
	Value Value
}

// Record is one decoded Record. Its slices point into the message.
type Record struct {
	HasSchema bool
	Schema    []byte
	Table     []byte
	Op        sdk.RecordType
	Fields    []Field
}

// Decode reads a Record. It reuses r's fields.
func (r *Record) Decode(b []byte) (err error) {
	*r = Record{Fields: r.Fields[:0]}
	for len(b) > 0 {
		if entry, rest, ok := sized(b, fieldData<<3|byte(protowire.BytesType)); ok {
			if err := r.field().decode(entry); err != nil {
				return err
			}
			b = rest
			continue
		}
		var f wireField
		if f, b, err = next(b); err != nil {
			return err
		}
		switch {
		case f.num == fieldData && f.typ == protowire.BytesType:
			if err := r.field().decode(f.bytes); err != nil {
				return err
			}
		case f.num == fieldTableName && f.typ == protowire.BytesType:
			r.Table = f.bytes
		case f.num == fieldSchemaName && f.typ == protowire.BytesType:
			r.Schema, r.HasSchema = f.bytes, true
		case f.num == fieldType && f.typ == protowire.VarintType:
			r.Op = sdk.RecordType(f.bits)
		}
	}
	return nil
}

// field is one more field, with what an earlier record left in it.
func (r *Record) field() *Field {
	if n := len(r.Fields); n < cap(r.Fields) {
		r.Fields = r.Fields[:n+1]
	} else {
		r.Fields = append(r.Fields, Field{})
	}
	return &r.Fields[len(r.Fields)-1]
}

// decode reads a map entry: the column's name and its value.
func (f *Field) decode(b []byte) (err error) {
	if name, rest, ok := sized(b, 1<<3|byte(protowire.BytesType)); ok {
		if val, rest, ok := sized(rest, 2<<3|byte(protowire.BytesType)); ok && len(rest) == 0 && f.Value.decodeUsual(val) {
			f.Name = name
			return nil
		}
	}
	*f = Field{}
	for len(b) > 0 {
		var w wireField
		if w, b, err = next(b); err != nil {
			return err
		}
		switch {
		case w.typ != protowire.BytesType:
		case w.num == 1:
			f.Name = w.bytes
		case w.num == 2:
			if err := f.Value.decode(w.bytes); err != nil {
				return err
			}
		}
	}
	return nil
}
