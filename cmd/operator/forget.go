package main

import (
	"context"
	"fmt"

	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/erase"
)

type forgetCommand struct {
	Contact string    `arg:"" help:"The contact's id in Intercom, such as 5ba682d23d7cf92bef87bfd4."`
	Lake    lakeFlags `embed:""`
}

// Run is kong's entry.
func (f forgetCommand) Run(ctx context.Context, c console) error {
	l, err := openLake(ctx, f.Lake, true, lake.Options{})
	if err != nil {
		return err
	}
	found, err := erase.Contact(ctx, l, f.Contact)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		_, err := fmt.Fprintf(c.out, "%s is nowhere in %s.\n", f.Contact, f.Lake.Output)
		return err
	}
	var removed, days, left int64
	for _, f := range found {
		what := "removed"
		if f.Removed {
			removed += f.Rows
			days++
		} else {
			what = "left: not about persons"
			left += f.Rows
		}
		fmt.Fprintf(c.out, "%s %s  %s, %s\n", f.Dt, f.Table, count(f.Rows, "row"), what)
	}
	fmt.Fprintf(c.out, "%s removed; %s written anew.\n", count(removed, "row"), count(days, "published file set"))
	if left > 0 {
		fmt.Fprintf(c.out, "%s of companies, tags or segments name the person and were left as they are.\n", count(left, "row"))
	}
	fmt.Fprintln(c.out, "Not covered: texts that name the person without the id, and copies made of the lake.")
	return nil
}
