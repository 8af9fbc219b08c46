package main

import (
	"context"
	"io"

	"intercom-connector/operator"
	"intercom-connector/operator/function"
)

// serveLambda takes events where the program runs as a Lambda function, which
// it knows by the runtime's address in the environment.
func serveLambda(ctx context.Context, getenv func(string) string, out io.Writer) (served bool, err error) {
	if getenv("AWS_LAMBDA_RUNTIME_API") == "" {
		return false, nil
	}
	return true, function.Serve(ctx, getenv, out, func(ctx context.Context, output string, o operator.Options) (*operator.Lake, error) {
		return openLake(ctx, output, false, o)
	})
}
