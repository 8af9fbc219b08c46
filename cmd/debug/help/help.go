// Package help is what the command debug says of itself: examples below each command's
// flags, and the command that was meant by a word that is none.
package help

import (
	"fmt"
	"strings"

	"intercom-connector/internal/build"
	"intercom-connector/internal/exit"

	"github.com/agext/levenshtein"
	"github.com/alecthomas/kong"
)

// Examples are shown below each command's help.
var Examples = map[string]string{
	"sync": `  debug                                              your configuration, or a sandbox, into files
  debug --configuration configuration.json           your workspace
  debug --configuration configuration.json --reset   from the beginning
  debug --port 50051 --configuration c.json          a connector that runs already, in any language
`,
	"init": `  debug init                                         asks, and writes configuration.json
  INTERCOM_ACCESS_TOKEN=... debug init --dataset all --start 2026-01-01
`,
	"doctor": `  debug doctor --configuration configuration.json    will this workspace work?
  debug doctor --probe                               what differs in this workspace
`,
	"query": `  debug query "SELECT count(*) FROM conversation"
  debug query -o tickets.parquet --format parquet "FROM tickets"
`,
	"recipe": `  debug recipe                                       what there is
  debug recipe busiest-hours --set zone=Europe/Dublin
  debug query --lake lake --recipe who-is-in-segment --set segment=Trial
`,
	"tables": `  debug tables                                       what there is
`,
	"describe": `  debug describe conversation                        a table's columns
`,
	"export": `  debug export --output files-of-today               Parquet, a file a table
  debug export --output sheet --format csv
`,
	"state": `  debug state                                        how far the syncs have come
`,
	"reset": `  debug reset tickets                                read one table again
  debug reset --yes                                  everything, without a question
`,
	"report": `  debug report                                       files/report.html, from files/warehouse.db
`,
}

// Print is kong's own, with examples and exit codes below.
func Print(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	shown := Examples["sync"] + Examples["init"] + Examples["doctor"] + Examples["query"] + Examples["report"]
	if selected := ctx.Selected(); selected != nil && Examples[selected.Name] != "" {
		shown = Examples[selected.Name]
	}
	_, err := fmt.Fprint(ctx.Stdout, "\nExamples (debug stands for: ", build.Command("debug"), "):\n", shown, exit.Help)
	return err
}

// Meant is the end of a sentence about a word that is no command: the command
// that was probably meant. Kong does so for flags only.
func Meant(model *kong.Application, err error) string {
	word, found := strings.CutPrefix(err.Error(), "unexpected argument ")
	if !found {
		return ""
	}
	for _, command := range model.Children {
		if levenshtein.Distance(word, command.Name, nil) <= 2 {
			return fmt.Sprintf(", did you mean %q?", command.Name)
		}
	}
	return ""
}
