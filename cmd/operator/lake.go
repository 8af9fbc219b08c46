package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"intercom-connector/internal/build"
	"intercom-connector/internal/exit"
	"intercom-connector/internal/terminal"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/operator/lake/s3"
)

// place is where a lake is.
type place struct {
	Output string `default:"lake" placeholder:"PLACE" help:"The lake: a folder, or s3://bucket/prefix (${default})."`
}

// lakeFlags is a lake that is written to.
type lakeFlags struct {
	At     place `embed:""`
	Shared bool  `help:"Let everybody on this machine read what is written in a folder; otherwise only its owner does."`
}

// openLake opens the lake at an output: a folder, or a place in S3 by its
// form. A command that only looks wants it to exist.
func openLake(ctx context.Context, at lakeFlags, exists bool, o lake.Options) (*lake.Lake, error) {
	store, err := openStore(ctx, at, exists, o.Log)
	if err != nil {
		return nil, err
	}
	return lake.New(store, o), nil
}

// openStore is openLake of the place alone.
func openStore(ctx context.Context, at lakeFlags, exists bool, log *slog.Logger) (lake.Store, error) {
	output := at.At.Output
	nowhere := fmt.Errorf("there is no lake at %q; name it by --output", output)
	if strings.HasPrefix(output, "s3:") && !strings.HasPrefix(output, s3.Scheme) {
		return nil, exit.Wrong(fmt.Errorf("--output %s is no folder and no place in S3: write s3://bucket/prefix", output))
	}
	if strings.Contains(output, "://") {
		bucket, err := s3.Open(ctx, output, s3.Options{Log: log})
		if err != nil {
			return nil, err
		}
		if empty, err := bucket.Empty(ctx); err != nil {
			return nil, err
		} else if empty && exists {
			return nil, nowhere
		}
		return bucket, nil
	}
	if info, err := os.Stat(output); exists && (err != nil || !info.IsDir()) {
		return nil, nowhere
	}
	open := folder.Open
	if at.Shared {
		open = folder.OpenShared
	}
	local, err := open(output)
	if err != nil {
		return nil, err
	}
	return local, nil
}

// copyCommand brings a lake here, to be asked without its bucket. Days that are damaged
// are left out, and an error.
type copyCommand struct {
	Folder string `arg:"" help:"The new folder."`
	Lake   place  `embed:""`
}

// Run is kong's entry.
func (m copyCommand) Run(ctx context.Context, c console) error {
	store, err := openStore(ctx, lakeFlags{At: m.Lake}, true, nil)
	if err != nil {
		return err
	}
	found, err := lake.New(store, lake.Options{}).Survey(ctx)
	if err != nil {
		return err
	}
	err = folder.Copy(ctx, store, found.Published, m.Folder)
	if errors.Is(err, folder.ErrNotEmpty) {
		return exit.Wrong(fmt.Errorf("%s: %w: name a new folder", m.Folder, err))
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s copied into %s.\n", terminal.Count(int64(len(found.Published)), "table day"), m.Folder)
	if len(found.Damaged) > 0 {
		err = fmt.Errorf("what is damaged is left out, and %s verify --repair puts right what can be: %w", build.Command("operator"), errors.Join(found.Damaged...))
	}
	return err
}
