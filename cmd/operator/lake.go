package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/operator/lake/s3"
)

// openLake opens the lake at an output: a folder, or a place in S3 by its
// form. A command that only looks wants it to exist.
func openLake(ctx context.Context, output string, exists bool, o lake.Options) (*lake.Lake, error) {
	nowhere := fmt.Errorf("there is no lake at %q; name it by --output", output)
	if strings.Contains(output, "://") {
		place, err := s3.Open(ctx, output, s3.Options{Log: o.Log})
		if err != nil {
			return nil, err
		}
		if empty, err := place.Empty(ctx); err != nil {
			return nil, err
		} else if empty && exists {
			return nil, nowhere
		}
		return lake.New(place, o), nil
	}
	if info, err := os.Stat(output); exists && (err != nil || !info.IsDir()) {
		return nil, nowhere
	}
	place, err := folder.Open(output)
	if err != nil {
		return nil, err
	}
	return lake.New(place, o), nil
}
