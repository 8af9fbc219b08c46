package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// outcome is what a role tells the parent, as its last line.
type outcome struct {
	Rows    int    // that came
	Began   int64  // when the call was made, in nanoseconds
	Ended   int64  // and when its stream had ended
	Mallocs uint64 // of the work
	// Of the Python peer: its versions, and protobuf's backend.
	Version, Backend string
}

func tell(o outcome) error { return json.NewEncoder(os.Stdout).Encode(o) }

// mallocs is how many objects this process has allocated so far.
func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// process is a role that runs.
type process struct {
	command *exec.Cmd
	input   io.Closer
	output  *bufio.Reader
	errors  bytes.Buffer
	address string // where it listens
	idle    usage  // when it began to listen
}

// start runs a program until it says where it listens.
func start(name string, arguments ...string) (*process, error) {
	p := &process{command: exec.Command(name, arguments...)}
	p.command.Stderr = &p.errors
	input, err := p.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.input, p.output = input, bufio.NewReader(output)
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	line, err := p.output.ReadString('\n')
	if _, scanned := fmt.Sscanf(line, "listening %s", &p.address); err != nil || scanned != nil {
		p.kill()
		return nil, fmt.Errorf("%s %s does not listen: %q %s", name, strings.Join(arguments, " "), line, p.errors.String())
	}
	p.idle = p.usage()
	return p, nil
}

// stop ends a role and reads its outcome.
func (p *process) stop() (o outcome, err error) {
	p.input.Close()
	line, readErr := p.output.ReadString('\n')
	if err := p.command.Wait(); err != nil {
		return o, fmt.Errorf("%w: %s", err, p.errors.String())
	}
	if readErr != nil {
		return o, readErr
	}
	return o, json.Unmarshal([]byte(line), &o)
}

// kill ends a role that is not asked for its outcome.
func (p *process) kill() {
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
}

// run waits for a role that ends by itself, and gives its outcome. Its Go code
// has one thread, so that it is in others' way as little as can be.
func run(name string, arguments ...string) (o outcome, err error) {
	command := exec.Command(name, arguments...)
	command.Env = append(os.Environ(), "GOMAXPROCS=1")
	var errors bytes.Buffer
	command.Stderr = &errors
	output, err := command.Output()
	if err != nil {
		return o, fmt.Errorf("%s: %w: %s", strings.Join(arguments[:min(2, len(arguments))], " "), err, errors.String())
	}
	return o, json.Unmarshal(output, &o)
}

// usage is what a process has used so far.
type usage struct {
	cpu  time.Duration
	peak int64 // bytes of memory
}

// tick is the unit of CPU time in /proc on Linux.
const tick = 10 * time.Millisecond

// usage reads /proc.
func (p *process) usage() (u usage) {
	folder := fmt.Sprintf("/proc/%d/", p.command.Process.Pid)
	if stat, err := os.ReadFile(folder + "stat"); err == nil {
		// The fields after the name, which is in brackets.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		for _, i := range []int{11, 12} {
			if n, err := strconv.Atoi(fields[i]); err == nil {
				u.cpu += time.Duration(n) * tick
			}
		}
	}
	if status, err := os.ReadFile(folder + "status"); err == nil {
		_, after, _ := strings.Cut(string(status), "VmHWM:")
		var kilobytes int64
		if _, err := fmt.Sscan(after, &kilobytes); err == nil {
			u.peak = kilobytes << 10
		}
	}
	return u
}
