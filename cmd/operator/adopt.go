package main

import (
	"context"
	"fmt"

	"intercom-connector/intercom"
	"intercom-connector/internal/terminal"
	"intercom-connector/operator/lake"
)

type adoptCommand struct {
	Lake      lakeFlags `embed:""`
	Workspace string    `required:"" placeholder:"ID" help:"Whose lake it is to be: the workspace's id in Intercom."`
}

func (a adoptCommand) Run(ctx context.Context, c console) error {
	l, err := openLake(ctx, a.Lake, true, lake.Options{Now: c.now, Workspace: a.Workspace, Version: intercom.Version})
	if err != nil {
		return err
	}
	aside, err := l.Adopt(ctx)
	for _, p := range aside {
		fmt.Fprintf(c.out, "%s %s  set aside\n", p.Dt, p.Table)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "%s is the lake of workspace %s; %s set aside in _aside.\n", a.Lake.At.Output, a.Workspace, terminal.Count(int64(len(aside)), "table day"))
	return err
}
