package lake

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Where things are. Tables' names never begin with an underscore.
const (
	publishedPrefix = "_published/"
	runsPrefix      = "_runs/"
	asidePrefix     = "_aside/"
	partSuffix      = ".ndjson.gz"
)

// newRunID names a run by its start, so that runs sort by it, and by chance.
func newRunID(now time.Time) string {
	var b [3]byte
	rand.Read(b[:]) // never fails
	return now.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(b[:])
}

func partKey(table, dt, run string, number int) string {
	return fmt.Sprintf("%s/dt=%s/%s-%05d%s", table, dt, run, number, partSuffix)
}

func publicationKey(table, dt string) string { return publishedPrefix + table + "/dt=" + dt + ".json" }

func noteKey(run string) string { return runsPrefix + run + ".json" }

// partPath is what a part's key tells.
type partPath struct{ table, dt, run string }

var partName = regexp.MustCompile(`^([^/_][^/]*)/dt=(\d{4}-\d{2}-\d{2})/([0-9A-Za-z][0-9A-Za-z-]*)-\d{5,}\.ndjson\.gz$`)

var publicationName = regexp.MustCompile(`^_published/([^/]+)/dt=(\d{4}-\d{2}-\d{2})\.json$`)

var runName = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z-]{0,99}$`)

// workspaceName is what a workspace's id looks like: days that are set aside lie in a
// folder of that name.
var workspaceName = regexp.MustCompile(`^[0-9A-Za-z_-]{1,100}$`)

func parsePart(key string) (partPath, bool) {
	m := partName.FindStringSubmatch(key)
	if m == nil {
		return partPath{}, false
	}
	return partPath{m[1], m[2], m[3]}, true
}

// Owns reports whether a key is of the lake's own files: a part, or one that begins
// with an underscore. Others may lie between them.
func Owns(key string) bool {
	_, isPart := parsePart(key)
	return isPart || strings.HasPrefix(key, "_")
}

var tableName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// IsTable tells names that are safe as a folder, in SQL and in Glue.
func IsTable(name string) bool { return len(name) <= 128 && tableName.MatchString(name) }

func isDay(dt string) bool {
	_, err := time.Parse(time.DateOnly, dt)
	return err == nil && !strings.ContainsAny(dt, "/\\")
}
