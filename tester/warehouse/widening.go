package warehouse

import (
	"context"
	"fmt"
	"math"
	"strings"

	"intercom-connector/internal/quote"
	sdk "intercom-connector/proto"
	"intercom-connector/tester/protocol"
)

// Widen is Fivetran's ladder: the narrowest type that holds values of both.
// Unknown gives way to the other; of two numeric types or two temporal ones the
// higher wins; all else becomes STRING. Where the higher numeric type would lose
// digits (an integer that meets a FLOAT, a long DECIMAL that meets a DOUBLE) the
// next type that keeps them is taken.
func Widen(a, b Type) Type {
	if a.id > b.id {
		a, b = b, a
	}
	switch {
	case a == b, !a.Known():
		return b
	case a.Text() && b.Text():
		return Type{id: sdk.DataType_STRING}
	case a.numeric() && b.numeric():
		return widenNumeric(a, b)
	case a.temporal() && b.temporal():
		return b
	}
	return Type{id: sdk.DataType_STRING}
}

// digits is the most digits that an integer of the type has.
var digits = map[sdk.DataType]int{
	sdk.DataType_SHORT: 5, sdk.DataType_INT: 10, sdk.DataType_LONG: 19,
}

// doubleDigits is how many decimal digits a DOUBLE keeps for certain.
const doubleDigits = 15

// widenNumeric expects a to be no higher than b.
func widenNumeric(a, b Type) Type {
	switch {
	case b.id == sdk.DataType_DECIMAL:
		whole := max(b.precision-b.scale, digits[a.id], a.precision-a.scale)
		t := Type{id: b.id, scale: max(a.scale, b.scale)}
		if t.precision = whole + t.scale; t.precision <= maxPrecision {
			return t
		}
		return Type{id: sdk.DataType_STRING}
	case b.id < sdk.DataType_DECIMAL:
		return b
	case a.id == sdk.DataType_DECIMAL && a.precision > doubleDigits:
		return Type{id: sdk.DataType_STRING}
	case a.id != sdk.DataType_SHORT && a.id != sdk.DataType_FLOAT:
		return Type{id: sdk.DataType_DOUBLE}
	}
	return b
}

// Holding is the type that a column of type t needs to hold v as well without
// losing any of it.
func (t Type) Holding(v *protocol.Value) Type {
	if kindTypes[v.Kind] == t.id && v.Kind != protocol.KindShort && v.Kind != protocol.KindDecimal {
		return t
	}
	if t.Text() && (v.Kind == protocol.KindString || v.Kind == protocol.KindJSON || v.Kind == protocol.KindXML) {
		return t
	}
	w := Widen(t, TypeOf(v))
	if w.id == sdk.DataType_FLOAT && (v.Kind == protocol.KindShort || v.Kind == protocol.KindInt || v.Kind == protocol.KindLong) && int64(float32(v.Int)) != v.Int {
		w.id = sdk.DataType_DOUBLE
	}
	const exact = 1 << 53
	if w.id == sdk.DataType_DOUBLE && v.Kind == protocol.KindLong && (v.Int > exact || v.Int < -exact) {
		w.id = sdk.DataType_STRING
	}
	if w.id == sdk.DataType_SHORT && (v.Int > math.MaxInt16 || v.Int < math.MinInt16) {
		w.id = sdk.DataType_INT
	}
	return w
}

// Widening is a column that got a wider type because a value or a schema needed it.
type Widening struct {
	Table, Column string
	From, To      string // DuckDB types
}

// widen gives a column of the warehouse the type that holds typ as well.
func (l *Lander) widen(ctx context.Context, t *table, have *Column, typ Type) error {
	to := Widen(have.Type, typ)
	if to.SQL() == have.Type.SQL() {
		return nil
	}
	l.widenings = append(l.widenings, Widening{Table: t.name, Column: have.Name, From: have.Type.SQL(), To: to.SQL()})
	have.Type = to
	return l.warehouse.transaction(ctx, func() error {
		if err := l.warehouse.exec(ctx, "ALTER TABLE "+t.sql()+" ALTER COLUMN "+quote.Name(have.Name)+" TYPE "+to.SQL()); err != nil || !have.Key {
			return err
		}
		return l.unique(ctx, t)
	})
}

// unique refuses a table that has a key twice, as one may whose key lost digits
// when it was widened: a long integer that became a DOUBLE.
func (l *Lander) unique(ctx context.Context, t *table) error {
	var twice int64
	err := l.warehouse.conn.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM "+t.sql()+" GROUP BY "+quote.Names(t.keys)+" HAVING count(*) > 1)").Scan(&twice)
	if err == nil && twice > 0 {
		err = fmt.Errorf("the table %s has %d keys twice once its primary key (%s) has its new type: start afresh with --reset", t.name, twice, strings.Join(t.keys, ", "))
	}
	return err
}
