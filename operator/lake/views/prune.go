package views

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"intercom-connector/internal/quote"
)

// Prune answers those conditions of a statement that ask nothing but which days are
// published, such as dt = (SELECT max(dt) FROM published), and puts their answers
// in their place: DuckDB leaves a day's file unread when a constant rules it out,
// and not when a subquery does. A statement without such a part comes back as it
// is.
func Prune(ctx context.Context, db *sql.DB, statement string) (string, error) {
	var text string
	if err := db.QueryRowContext(ctx, "SELECT CAST(json_serialize_sql(CAST(? AS VARCHAR)) AS VARCHAR)", statement).Scan(&text); err != nil {
		return "", err
	}
	var tree map[string]any
	if err := decode(text, &tree); err != nil {
		return "", err
	}
	f := pruning{db}
	named := func(node map[string]any) bool { return node["key"] == "published" } // a name that WITH gives
	if tree["error"] == true || some(tree, named) || !f.in(ctx, tree, false) {
		return statement, nil
	}
	return f.text(ctx, tree)
}

// decode keeps numbers as they are written: some are too large for a float.
func decode(text string, into any) error {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// pruning is a pass over a statement as a tree, as DuckDB writes it in JSON.
type pruning struct{ db *sql.DB }

// in replaces the subqueries of the conditions below a node and reports whether
// there were any. Elsewhere they stay: the answer's columns are named after them.
func (f pruning) in(ctx context.Context, node any, condition bool) (changed bool) {
	replace := func(below any, condition bool, put func(any)) {
		constant, ok := any(nil), false
		if condition {
			constant, ok = f.constant(ctx, below)
		}
		if ok {
			put(constant)
		}
		changed = ok || f.in(ctx, below, condition) || changed
	}
	switch node := node.(type) {
	case map[string]any:
		for key, below := range node {
			replace(below, condition || key == "where_clause" || key == "condition", func(constant any) { node[key] = constant })
		}
	case []any:
		for i, below := range node {
			replace(below, condition, func(constant any) { node[i] = constant })
		}
	}
	return changed
}

// constant is a subquery's answer as a node; false where it is no subquery of one
// value, or asks for more than the publications.
func (f pruning) constant(ctx context.Context, node any) (any, bool) {
	subquery, _ := node.(map[string]any)
	if subquery["class"] != "SUBQUERY" || subquery["subquery_type"] != "SCALAR" {
		return nil, false
	}
	inner, _ := subquery["subquery"].(map[string]any)
	query, _ := inner["node"].(map[string]any)
	from, _ := query["from_table"].(map[string]any)
	if from["type"] == "EMPTY" || some(inner, otherThanPublished) {
		return nil, false
	}
	asked, err := f.text(ctx, map[string]any{"error": false, "statements": []any{inner}})
	if err != nil {
		return nil, false
	}
	var value sql.NullString
	var kind, text string
	// One that names a column of the outer query is no constant, and an error here.
	if err := f.db.QueryRowContext(ctx, "SELECT CAST(v AS VARCHAR), typeof(v) FROM (SELECT ("+asked+") AS v)").Scan(&value, &kind); err != nil {
		return nil, false
	}
	constant := "NULL"
	if value.Valid {
		constant = quote.Text(value.String)
	}
	if err := f.db.QueryRowContext(ctx, "SELECT CAST(json_serialize_sql('SELECT CAST(' || CAST(? AS VARCHAR) || ' AS "+kind+")') AS VARCHAR)", constant).Scan(&text); err != nil {
		return nil, false
	}
	var tree struct {
		Statements []struct {
			Node struct {
				Selected []any `json:"select_list"`
			} `json:"node"`
		} `json:"statements"`
	}
	if err := decode(text, &tree); err != nil || len(tree.Statements) != 1 {
		return nil, false
	}
	return tree.Statements[0].Node.Selected[0], true
}

// otherThanPublished reports what a FROM reads that is not the publications.
func otherThanPublished(node map[string]any) bool {
	return node["type"] == "BASE_TABLE" && node["table_name"] != "published" || node["type"] == "TABLE_FUNCTION"
}

// some reports whether a node, or one below it, is as it is asked for.
func some(node any, is func(map[string]any) bool) bool {
	switch node := node.(type) {
	case map[string]any:
		if is(node) {
			return true
		}
		for _, below := range node {
			if some(below, is) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(node, func(below any) bool { return some(below, is) })
	}
	return false
}

// text is a tree as SQL.
func (f pruning) text(ctx context.Context, tree any) (sql string, err error) {
	data, err := json.Marshal(tree)
	if err != nil {
		return "", err
	}
	return sql, f.db.QueryRowContext(ctx, "SELECT json_deserialize_sql(CAST(? AS JSON))", string(data)).Scan(&sql)
}
