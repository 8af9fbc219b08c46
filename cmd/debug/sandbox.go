//go:build cgo

package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"intercom-connector/internal/build"
	"intercom-connector/internal/printable"
	"intercom-connector/internal/terminal"
	"intercom-connector/sandbox"
	"intercom-connector/tester/query"
	"intercom-connector/tester/warehouse"
)

// The sandbox's workspace: the same one every day, so that a state goes on.
var (
	founded    = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	sandboxKey = "sandbox-token"
)

const sandboxSeed = 1

// serveSandbox runs a made-up workspace on a free port of this machine and
// returns the configuration that syncs all of its datasets from so many days ago.
func serveSandbox(now time.Time, days int) (configuration map[string]string, stop func(), err error) {
	workspace := sandbox.New(sandbox.Options{Seed: sandboxSeed, Epoch: founded, Token: sandboxKey, Deleted: 10})
	address, closeAll, err := workspace.Listen("127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("no port for the sandbox: %w", err)
	}
	return map[string]string{
		"access_token":       sandboxKey,
		"base_url":           address,
		"dataset_id":         "all",
		"initial_start_time": now.AddDate(0, 0, -days).Format(time.DateOnly),
	}, func() { _ = closeAll() }, nil
}

// question is one, with its title.
type question struct{ title, sql string }

// questions are what the sandbox's rows are asked at the end of a sync.
var questions = []question{
	{"Conversations by channel", `
		SELECT channel, count(*) AS conversations, round(100 * count(*) / sum(count(*)) OVER (), 1) AS percent
		FROM conversation GROUP BY channel ORDER BY conversations DESC`},
	{"Median time to the first response, by team", `
		SELECT currently_assigned_team_id AS team, count(*) AS answered,
			round(median(conversation_first_response_time) / 60, 1) AS minutes
		FROM conversation WHERE conversation_first_response_time IS NOT NULL
		GROUP BY team ORDER BY minutes`},
	{"The newest ratings", `
		SELECT conversation_rating_updated_at AS rated_at, conversation_rating AS stars, channel,
			left(conversation_rating_remark, 48) AS remark
		FROM conversation_rating_sent WHERE conversation_rating IS NOT NULL
		ORDER BY rated_at DESC LIMIT 3`},
}

var ofMessages = question{"Messages: sent, opened, clicked, answered", `
		SELECT content_type AS kind, replace(content_title, chr(10), ' ') AS title, count(*) AS sent,
			round(100.0 * count(first_open) / count(*), 1) AS opened,
			round(100.0 * count(first_click) / count(*), 1) AS clicked,
			round(100.0 * count(coalesce(first_reply, first_answer)) / count(*), 1) AS answered
		FROM message_receipt GROUP BY kind, title ORDER BY sent DESC`}

// demonstrate shows what landed: a few answers and the line to type next.
func demonstrate(ctx context.Context, w io.Writer, path, schema, directory string, messages bool) error {
	db, err := warehouse.OpenReadOnly(path, schema)
	if err != nil {
		return err
	}
	defer db.Close()
	asked := questions
	if messages {
		asked = append(slices.Clone(asked), ofMessages)
	}
	for _, q := range asked {
		fmt.Fprintf(w, "\n%s\n\n", q.title)
		if err := query.Write(ctx, w, db, []string{q.sql}, query.Options{Format: query.Table, Width: terminal.Width(w)}); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "\nThese rows are made up. Ask your own question:\n  %s query%s %s\n", build.Command("debug"), queryFlags(directory, schema), printable.Argument("SELECT * FROM conversation LIMIT 5"))
	fmt.Fprintf(w, "Your own workspace (init asks for its access token):\n  %[1]s init\n  %[1]s --directory my-files\n", build.Command("debug"))
	return nil
}
