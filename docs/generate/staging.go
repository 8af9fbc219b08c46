package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// stagingFolder holds the models of those tables that no model by hand stages.
const stagingFolder = "deploy/dbt/models/staging/generated/"

// byHand are the staging models that are written by hand, since the marts want names
// of their own, by table.
var byHand = map[string]string{
	"conversation": "conversation", "consolidated_conversation_part": "conversation_action", "conversation_rating_sent": "rating",
	"conversation_sla_status_log": "sla", "teammate_handling_conversation": "teammate_handling", "tickets": "ticket",
	"ticket_time_in_state": "ticket_state", "message_receipt": "message_receipt", "teammate": "teammate", "team": "team",
}

// staged is the name of a table's staging model.
func (t table) staged() string {
	if name, ok := byHand[t.name]; ok {
		return "stg_intercom__" + name
	}
	return "stg_intercom__" + t.name
}

// accepted are the values of columns that Intercom has chosen, whatever the workspace's
// language.
var accepted = map[string][]string{"contact.role": {"user", "lead"}}

// stagedColumn is what a column is called in a staging model: an id says whose it is, and
// what holds a name does not say that it is an id.
func stagedColumn(t table, c column) string {
	switch {
	case c.name == "id":
		return t.name + "_id"
	case t.name == "company" && c.name == "company_id":
		return "external_id"
	case t.name == "segment" && c.name == "count":
		return "member_count"
	case t.of != datasets:
		return c.name
	}
	if name, ok := strings.CutSuffix(c.name, "_raw_id"); ok {
		return name + "_id"
	}
	for _, ending := range []string{"team", "teammate"} {
		if c.name == ending+"_id" || strings.HasSuffix(c.name, "_"+ending+"_id") {
			return strings.TrimSuffix(c.name, "_id") + "_name"
		}
	}
	return c.name
}

// staging are the models that are made from the tables: one for each that has none by
// hand, and their descriptions and tests.
func staging(all []table, words *meanings) map[string]string {
	files := map[string]string{}
	described := "# Written by: go run ./docs/generate. Do not edit.\n\nversion: 2\n\nmodels:\n"
	for _, t := range all {
		if byHand[t.name] != "" {
			continue
		}
		files[stagingFolder+t.staged()+".sql"] = t.model()
		described += t.described(all, words)
	}
	files[stagingFolder+"staging.yml"] = described
	return files
}

// model is the SQL of a table's staging model.
func (t table) model() string {
	var b strings.Builder
	b.WriteString("{#- Written by: go run ./docs/generate. Do not edit. -#}\n")
	fmt.Fprintf(&b, "{{ config(enabled=(%s)) }}\n\nselect\n", t.has())
	var lines []string
	for _, c := range t.columns {
		name := stagedColumn(t, c)
		switch {
		case c.custom():
		case t.joins() && c.name == dayOfHistory:
			lines = append(lines, fmt.Sprintf("    {%% if %s %%}%s{%% else %%}%s{%% endif %%} as seen_on", hasHistory, dayOfHistory, dayLastSeen))
		case name != c.name:
			lines = append(lines, "    "+c.name+" as "+name)
		default:
			lines = append(lines, "    "+name)
		}
	}
	b.WriteString(strings.Join(lines, ",\n"))
	conversation := ""
	if t.ofConversation() {
		conversation = ", of_conversation='conversation_id'"
	}
	fmt.Fprintf(&b, "\nfrom ({{ intercom_rows('%s', %s%s) }}) as there\n", t.name, t.keyAsked(), conversation)
	if t.name == "message_event" { // an event goes with its receipt
		b.WriteString("where receipt_id not in ({{ intercom_left_out('message_receipt', 'receipt_id') }})\n")
	}
	return b.String()
}

// ofConversation says that rows go when their conversation is deleted.
func (t table) ofConversation() bool {
	return t.of == datasets && slices.ContainsFunc(t.columns, func(c column) bool { return c.name == "conversation_id" })
}

// keyAsked is the table's key as a list of dbt's.
func (t table) keyAsked() string {
	quoted := func(names []string) string { return "['" + strings.Join(names, "', '") + "']" }
	if !t.joins() {
		return quoted(t.keys())
	}
	undated := slices.DeleteFunc(t.keys(), func(key string) bool { return key == dayOfHistory })
	return fmt.Sprintf("%s + (['%s'] if %s else [])", quoted(undated), dayOfHistory, hasHistory)
}

// described is what staging.yml says of a table's model.
func (t table) described(all []table, words *meanings) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  - name: %s\n    description: %s\n", t.staged(), strconv.Quote(words.table(t.name)))
	var keys []string
	for _, c := range t.columns {
		if c.key {
			keys = append(keys, t.stagedKey(c))
		}
	}
	if len(keys) > 1 {
		fmt.Fprintf(&b, "    data_tests:\n      - intercom_unique_together:\n          arguments:\n            columns: [%s]\n", strings.Join(keys, ", "))
	}
	b.WriteString("    columns:\n")
	for _, c := range t.columns {
		if c.custom() {
			continue
		}
		fmt.Fprintf(&b, "      - name: %s\n        description: %s\n", t.stagedKey(c), strconv.Quote(words.column(t.name, c)))
		var tests []string
		if c.key {
			tests = append(tests, "          - not_null\n")
			if len(keys) == 1 {
				tests = append(tests, "          - unique\n")
			}
		}
		if values := accepted[t.name+"."+c.name]; len(values) > 0 {
			tests = append(tests, fmt.Sprintf("          - accepted_values:\n              arguments:\n                values: [%s]\n              config:\n                severity: warn\n", strings.Join(values, ", ")))
		}
		if join, ok := joinOf(edges(all, t.of), t, c); ok && t.of != datasets && c.name != dayOfHistory {
			tests = append(tests, relationship(all, join))
		}
		if len(tests) > 0 {
			b.WriteString("        data_tests:\n" + strings.Join(tests, ""))
		}
	}
	return b.String()
}

// stagedKey is a column's name in the model, that of the day of a membership
// included.
func (t table) stagedKey(c column) string {
	if t.joins() && c.name == dayOfHistory {
		return "seen_on"
	}
	return stagedColumn(t, c)
}

// relationship is a test that what a column names is there. It warns: what it names
// may have gone since. Datasets are read by different times, and are not tested.
func relationship(all []table, join edge) string {
	to := all[slices.IndexFunc(all, func(t table) bool { return t.name == join.to })]
	i := slices.IndexFunc(to.columns, func(c column) bool { return c.name == join.key })
	return fmt.Sprintf("          - relationships:\n              arguments:\n                to: ref('%s')\n                field: %s\n              config:\n                severity: warn\n",
		to.staged(), stagedColumn(to, to.columns[i]))
}
