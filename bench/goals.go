package main

import "fmt"

// Goals of the connector's stream.
const (
	goalOfGunzip    = 0.75
	goalOfGunzip60  = 0.5 // where rows are wide and mostly empty, what is sent outgrows what is read
	goalTimesUpb    = 18
	goalTimesCpp    = 43 // protobuf's older backend for Python is 2.4 times slower
	goalTimesPlain  = 12
	goalPythonCPU   = 14
	goalAllocations = 0.1
	goalPeak        = 25 // MB
)

// goals is a row for each goal, with what was reached.
func (c *contestResult) goals() [][]string {
	ours, python := c.Runs[oursRole], c.Runs[pythonRole]
	ofGunzip := goalOfGunzip
	if c.Shape != shapes[0].Name {
		ofGunzip = goalOfGunzip60
	}
	rows := [][]string{
		{"goal of this connector", "reached (lowest to highest)", ""},
		atLeast("share of gunzip's rows/s", ofGunzip, against(ours, c.Runs[gunzipRole], result.rate)),
		atLeast("times plain Go's rows/s", goalTimesPlain, against(ours, c.Runs[plainRole], result.rate)),
	}
	if len(python) > 0 {
		times := float64(goalTimesUpb)
		if python[0].Backend != "upb" {
			times = goalTimesCpp
		}
		rows = append(rows,
			atLeast(fmt.Sprintf("times Python's rows/s (%s)", python[0].Backend), times, against(ours, python, result.rate)),
			atLeast("of Python's CPU seconds one in", goalPythonCPU, against(python, ours, result.cpuPerRow)))
	}
	return append(rows,
		atMost("allocations a row", goalAllocations, each(ours, result.mallocsPerRow)),
		atMost("peak MB", goalPeak, each(ours, result.peakMegabytes)))
}

func atLeast(name string, goal float64, got spread) []string {
	return goalRow(name+", at least "+fmt.Sprintf("%.3g", goal), got, got.median >= goal)
}

func atMost(name string, goal float64, got spread) []string {
	return goalRow(name+", at most "+fmt.Sprintf("%.3g", goal), got, got.median <= goal)
}

func goalRow(name string, got spread, reached bool) []string {
	return []string{name, fmt.Sprintf("%.3g (%.3g to %.3g)", got.median, got.low, got.high), map[bool]string{true: "reached", false: "missed"}[reached]}
}
