package main

import (
	"context"
	"io"

	"intercom-connector/operator/lake"
	"intercom-connector/operator/lambda"
)

// serveLambda takes events where the program runs as a Lambda function, which
// it knows by the runtime's address in the environment.
func serveLambda(ctx context.Context, getenv func(string) string, out io.Writer) (served bool, err error) {
	if getenv("AWS_LAMBDA_RUNTIME_API") == "" {
		return false, nil
	}
	return true, lambda.Serve(ctx, getenv, out, func(ctx context.Context, output string, o lake.Options) (*lake.Lake, error) {
		return openLake(ctx, lakeFlags{At: place{output}}, false, o)
	})
}
