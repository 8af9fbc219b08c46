package s3_test

import (
	"testing"

	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/s3"
	"intercom-connector/operator/lake/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() lake.Store {
		startServer(t)
		return func() lake.Store { return open(t, here("lake"), s3.Options{}) }
	})
}
