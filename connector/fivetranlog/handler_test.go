package fivetranlog

import (
	"bytes"
	"log/slog"
	"testing"
)

func TestLogHandler(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(NewHandler(&out, slog.LevelInfo))
	log.Debug("dropped")
	log.Info("window", "rows", 12, "span", "a to b")
	log.With("dataset", "call").WithGroup("job").Warn("slow", "seconds", 1.5)
	log.Error("a \"quoted\"\nline \x1b\u009b\u202e")
	want := `{"level":"INFO","message":"window rows=12 span=\"a to b\"","message-origin":"sdk_connector"}
{"level":"WARNING","message":"slow dataset=call job.seconds=1.5","message-origin":"sdk_connector"}
{"level":"SEVERE","message":"a \"quoted\"\nline \u001b\u009b\u202e","message-origin":"sdk_connector"}
`
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}
