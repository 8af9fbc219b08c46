package torture

import (
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"
)

var long = flag.Bool("torture", false, "run in full and print the figures")

// figures are the lines that the long form ends with.
var figures struct {
	sync.Mutex
	lines []string
}

// figure adds a line to what is printed at the end.
func figure(format string, args ...any) {
	figures.Lock()
	defer figures.Unlock()
	figures.lines = append(figures.lines, fmt.Sprintf(format, args...))
}

func TestMain(m *testing.M) {
	flag.Parse()
	began := time.Now()
	code := m.Run()
	removeBuilt()
	if *long {
		for _, line := range figures.lines {
			fmt.Println(line)
		}
		fmt.Printf("took %s\n", time.Since(began).Round(time.Second))
	}
	os.Exit(code)
}

// choose is the short form's number of something, or the long form's.
func choose(short, full int) int {
	if *long {
		return full
	}
	return short
}
