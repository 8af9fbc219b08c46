package main

import (
	"context"
	"fmt"

	"intercom-connector/internal/terminal"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/compact"
)

// keepDays is longer than a look-back of the default length reaches.
const keepDays = 31

type compactCommand struct {
	Lake lakeFlags `embed:""`
	Keep int       `default:"31" placeholder:"DAYS" help:"Leave months alone that have days younger than this (${default})."`
}

func (m compactCommand) Run(ctx context.Context, c console) error {
	l, err := openLake(ctx, m.Lake, true, lake.Options{Now: c.now})
	if err != nil {
		return err
	}
	months, err := compact.Months(ctx, l, max(m.Keep, 0))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "%s indexed; nothing was removed.\n", terminal.Count(int64(len(months)), "month"))
	return err
}
