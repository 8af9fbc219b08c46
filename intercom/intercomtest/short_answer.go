package intercomtest

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// What an answer of 16 KB on the wire may cost, at the most, in memory.
const mayCost = 16 << 20

// ShortAnswer is an object, compressed, of as many bytes and things as an answer of
// 16 KB on the wire may be: half of it is noise, so that the bound on how far it grows
// is kept, and the rest is a member of the object: before, as many of again as may be,
// and after.
func ShortAnswer(t *testing.T, before, again, after string) []byte {
	t.Helper()
	noise := make([]byte, 11_000)
	_, _ = rand.Read(noise)
	const long, many = 1_100_000, 230_000 // bytes, elements
	times := long / len(again)
	if of := strings.Count(again, ",") + strings.Count(again, "[") + strings.Count(again, "{"); of > 0 {
		times = min(times, many/of)
		again += strings.Repeat(" ", long/times-len(again))
	}
	var body bytes.Buffer
	z := gzip.NewWriter(&body)
	_, _ = z.Write([]byte(`{"noise":"` + base64.RawStdEncoding.EncodeToString(noise) + `",` + before + strings.Repeat(again, times) + after))
	_ = z.Close()
	if body.Len() > 16<<10 {
		t.Fatalf("%d bytes on the wire", body.Len())
	}
	return body.Bytes()
}

// CostsLittle fails the test where what reads a short answer takes more memory than
// one may cost, garbage included.
func CostsLittle(t *testing.T, read func() error) {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	err := read()
	runtime.ReadMemStats(&after)
	cost := after.TotalAlloc - before.TotalAlloc
	t.Logf("%.1f MB, %.100v", float64(cost)/(1<<20), err)
	if cost > mayCost {
		t.Errorf("it cost %d MB", cost>>20)
	}
}
