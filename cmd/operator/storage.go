package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"intercom-connector/operator"
	"intercom-connector/operator/bucket"
)

// openLake opens the lake at an output: a folder, or a place in S3 by its
// form. A command that only looks wants it to exist.
func openLake(ctx context.Context, output string, exists bool, o operator.Options) (*operator.Lake, error) {
	nowhere := fmt.Errorf("there is no lake at %q; name it by --output", output)
	if strings.Contains(output, "://") {
		place, err := bucket.Open(ctx, output, bucket.Options{Log: o.Log})
		if err != nil {
			return nil, err
		}
		if empty, err := place.Empty(ctx); err != nil {
			return nil, err
		} else if empty && exists {
			return nil, nowhere
		}
		return operator.NewLake(place, o), nil
	}
	if info, err := os.Stat(output); exists && (err != nil || !info.IsDir()) {
		return nil, nowhere
	}
	folder, err := operator.OpenFolder(output)
	if err != nil {
		return nil, err
	}
	return operator.NewLake(folder, o), nil
}
