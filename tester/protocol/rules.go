package protocol

import (
	"fmt"
	"strings"
)

// A Rule is the name of a demand that Fivetran makes on a connector.
type Rule string

// The protocol's rules. Breaking one fails the sync.
const (
	RuleBatchSize        Rule = "batch-size"         // at most 100 records in a Records message
	RuleEmptyBatch       Rule = "empty-batch"        // a Records message holds records
	RuleMessageSize      Rule = "message-size"       // a message is at most 128 MB
	RuleMalformed        Rule = "malformed-message"  // a message is valid protobuf with one operation
	RuleUnknownTable     Rule = "unknown-table"      // a record's table is in the schema
	RuleUnknownColumn    Rule = "unknown-column"     // a record's columns are in the schema
	RuleNotSelected      Rule = "not-selected"       // what the user excluded is not sent
	RuleMissingColumn    Rule = "missing-column"     // an UPSERT carries every column
	RuleNullKey          Rule = "null-key"           // a primary key has a value
	RuleKeyKind          Rule = "key-kind"           // a primary key has its column's type
	RuleValueKind        Rule = "value-kind"         // a value has a kind that a source may send
	RuleValue            Rule = "value"              // a value is what its kind says
	RuleUTF8             Rule = "utf-8"              // text is valid UTF-8
	RuleCheckpointJSON   Rule = "checkpoint-json"    // a checkpoint is a JSON object
	RuleSchemaName       Rule = "schema-name"        // a record names a schema exactly when Schema did
	RuleSchema           Rule = "schema"             // tables and columns have names, keys have types
	RuleRecordType       Rule = "record-type"        // a record's type exists and fits its table
	RuleReservedName     Rule = "reserved-name"      // names starting with _fivetran_ are Fivetran's
	RuleTestAnswer       Rule = "test-answer"        // a setup test answers success or failure
	RulePrimaryKeyChange Rule = "primary-key-change" // a table keeps its primary key
)

// A RuleError says which rule a connector broke, and where. It never quotes a
// row's value.
type RuleError struct {
	Rule   Rule
	Table  string // "" when no table is concerned
	Column string // "" when no column is concerned
	Record int64  // the record's ordinal in its table in this sync, from 1; 0 when none is concerned
	Detail string // what was found, and what the rule wants
}

func (e *RuleError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the connector broke the rule %s", e.Rule)
	var where []string
	if e.Table != "" {
		where = append(where, fmt.Sprintf("table %q", e.Table))
	}
	if e.Column != "" {
		where = append(where, fmt.Sprintf("column %q", e.Column))
	}
	if e.Record > 0 {
		where = append(where, fmt.Sprintf("record %d", e.Record))
	}
	if len(where) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(where, ", "))
	}
	fmt.Fprintf(&b, ": %s", e.Detail)
	return b.String()
}

func Broken(rule Rule, format string, args ...any) *RuleError {
	return &RuleError{Rule: rule, Detail: fmt.Sprintf(format, args...)}
}
