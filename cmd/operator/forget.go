package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"intercom-connector/internal/terminal"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/erase"
	"intercom-connector/operator/lake/s3"
)

type forgetCommand struct {
	Contact string    `arg:"" help:"The contact's id in Intercom, such as 5ba682d23d7cf92bef87bfd4."`
	Purge   bool      `help:"Also delete, for good, the old versions of all the lake's files that a bucket with versions keeps."`
	Lake    lakeFlags `embed:""`
}

func (f forgetCommand) Run(ctx context.Context, c console) error {
	l, err := openLake(ctx, f.Lake, true, lake.Options{})
	if err != nil {
		return err
	}
	found, err := erase.Contact(ctx, l, f.Contact)
	if err == nil || len(found) > 0 {
		f.tell(c.out, found)
	}
	if err != nil {
		return err
	}
	if f.Purge {
		return f.purge(ctx, c.out)
	}
	return nil
}

// purge deletes old versions. A folder has none.
func (f forgetCommand) purge(ctx context.Context, out io.Writer) error {
	if !strings.HasPrefix(f.Lake.At.Output, s3.Scheme) {
		fmt.Fprintln(out, "A folder keeps no old versions.")
		return nil
	}
	bucket, err := s3.Open(ctx, f.Lake.At.Output, s3.Options{})
	if err != nil {
		return err
	}
	n, err := bucket.Purge(ctx)
	fmt.Fprintf(out, "%s deleted for good.\n", terminal.Count(n, "old version"))
	return err
}

// tell says where the person was found, and what came of it.
func (f forgetCommand) tell(out io.Writer, found []erase.Forgotten) {
	if len(found) == 0 {
		fmt.Fprintf(out, "%s is nowhere in %s.\n", f.Contact, f.Lake.At.Output)
		return
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
		if f.Aside != "" {
			what += "; set aside, of workspace " + f.Aside
		}
		fmt.Fprintf(out, "%s %s  %s, %s\n", f.Dt, f.Table, terminal.Count(f.Rows, "row"), what)
	}
	fmt.Fprintf(out, "%s removed; %s written anew.\n", terminal.Count(removed, "row"), terminal.Count(days, "published file set"))
	if left > 0 {
		fmt.Fprintf(out, "%s of companies, tags or segments name the person and were left as they are.\n", terminal.Count(left, "row"))
	}
	fmt.Fprintln(out, "Not covered: texts that name the person without the id, and copies made of the lake.")
}
