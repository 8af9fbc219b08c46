package main

import (
	"context"
	"errors"
	"fmt"

	"intercom-connector/internal/terminal"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
)

type verifyCommand struct {
	Lake   lakeFlags `embed:""`
	Repair bool      `help:"Repair what can be repaired: publications that cannot be read, indexes, files that nobody reads."`
}

func (v verifyCommand) Run(ctx context.Context, c console) error {
	l, err := openLake(ctx, v.Lake, true, lake.Options{Now: c.now})
	if err != nil {
		return err
	}
	if v.Repair {
		done, err := audit.Repair(ctx, l)
		if err != nil {
			return err
		}
		for _, what := range done {
			fmt.Fprintln(c.out, "repaired:", what)
		}
	}
	found, err := audit.Verify(ctx, l)
	if err != nil {
		return err
	}
	for _, problem := range found.Problems {
		fmt.Fprintln(c.out, "wrong:", problem)
	}
	for _, key := range found.Foreign {
		fmt.Fprintln(c.out, "not the lake's:", key)
	}
	for _, day := range found.Incomplete {
		fmt.Fprintln(c.out, "not proven complete:", day)
	}
	fmt.Fprintf(c.out, "%s, %s published: %s in %s, %s bytes.\n", terminal.Count(int64(found.Tables), "table"), terminal.Count(int64(found.Days), "table day"),
		terminal.Count(found.Rows, "row"), terminal.Count(int64(found.Parts), "part"), terminal.Number(found.Bytes))
	if found.Unpublished > 0 {
		fmt.Fprintf(c.out, "%s unpublished: of a run under way, or of one that was interrupted; the next run removes it.\n", terminal.Count(int64(found.Unpublished), "part"))
	}
	if len(found.Problems) > 0 {
		return errors.New("the lake is not sound: --repair puts right what can be, a new snapshot replaces its day, other days need a backup")
	}
	return nil
}
