package intercom_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"intercom-connector/intercom"
)

// A workspace in miniature: enough for one export.
func workspace() *httptest.Server {
	mux := http.NewServeMux()
	reply := func(pattern, body string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
	}
	reply("GET /me", `{"app":{"id_code":"xyz","name":"Acme","region":"US","timezone":"Europe/Dublin"}}`)
	reply("POST /export/reporting_data/enqueue", `{"job_identifier":"job1","status":"pending"}`)
	reply("GET /export/reporting_data/job1", `{"job_identifier":"job1","status":"complete"}`)
	reply("GET /download/reporting_data/job1", "conversation_id,Brand\n42,\"Acme, Inc\"\n")
	return httptest.NewServer(mux)
}

func Example() {
	server := workspace()
	defer server.Close()
	ctx := context.Background()

	c, err := intercom.New(intercom.Config{Token: "a-token-of-tests", BaseURL: server.URL})
	if err != nil {
		panic(err)
	}
	me, err := c.Me(ctx)
	if err != nil {
		panic(err)
	}
	c = c.ForWorkspace(me)

	enqueued := time.Now()
	job, err := c.Enqueue(ctx, intercom.Export{
		DatasetID:    "conversation",
		AttributeIDs: []string{"standard.conversation_id", "people.Brand"},
		Start:        enqueued.Add(-time.Hour),
		End:          enqueued,
	})
	var e *intercom.Error
	if errors.As(err, &e) && e.JobLimit() {
		fmt.Println("five jobs are pending: try again when one has ended")
		return
	} else if err != nil {
		panic(err)
	}
	if job, err = c.Await(ctx, job.ID, enqueued); err != nil {
		panic(err)
	}
	download, err := c.Download(ctx, job)
	if err != nil {
		panic(err)
	}
	defer download.Close()
	csv, err := io.ReadAll(download)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s, %s:\n%s", me.AppName, me.Timezone, csv)
	// Output:
	// Acme, Europe/Dublin:
	// conversation_id,Brand
	// 42,"Acme, Inc"
}
