package query

import (
	"encoding/csv"
	"io"
	"strings"
)

// writeCSV writes texts, unless raw, so that no spreadsheet takes them for formulas.
func (a *Answer) writeCSV(w io.Writer, raw bool) error {
	out := csv.NewWriter(w)
	record := make([]string, len(a.Columns))
	for i, c := range a.Columns {
		record[i] = noFormula(c.Name, raw)
	}
	for {
		if err := out.Write(record); err != nil {
			return err
		}
		row, err := a.Next()
		if err != nil {
			return err
		}
		if row == nil {
			break
		}
		for i, v := range row {
			record[i] = noFormula(v.String, raw || a.Columns[i].numeric())
		}
	}
	out.Flush()
	return out.Error()
}

// formulas are the signs that a spreadsheet takes for a formula's first.
const formulas = "=+@\t\r\n|%-"

// noFormula sets a ' before what a spreadsheet would calculate, as spreadsheets
// themselves do for texts.
func noFormula(text string, raw bool) string {
	if raw || text == "" || !strings.ContainsRune(formulas, rune(text[0])) {
		return text
	}
	return "'" + text
}
