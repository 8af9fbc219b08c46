package main

import (
	"fmt"

	"intercom-connector/test/bench/export"
)

// Goals of the connector's stream, and of the lake's path.
const (
	goalOfGunzip    = 0.75
	goalOfGunzip60  = 0.5  // where rows are wide and mostly empty, what is sent outgrows what is read
	goalLines       = 0.5  // of the lake's lines, of gunzip
	goalPacked      = 0.35 // and when they are gzipped again
	goalTimesUpb    = 18
	goalTimesCpp    = 43 // protobuf's older backend for Python is 2.4 times slower
	goalTimesPlain  = 12
	goalPythonCPU   = 14
	goalAllocations = 0.1
	goalPeak        = 25 // MB
)

// goals is a row for each goal that is set for the shape, with what was
// reached. Speed and cost are set where an export is as most are; on wide rows
// that are mostly empty, only the share of gunzip, and a lower one.
func (c *contestResult) goals() [][]string {
	ours, python := c.Runs[oursRole], c.Runs[pythonRole]
	share := against(ours, c.Runs[gunzipRole], result.rate)
	const shareName = "share of gunzip's rows/s"
	switch c.Shape {
	case export.Sparse60:
		return [][]string{goalTitles, atLeast(shareName, goalOfGunzip60, share)}
	case export.Columns20:
	default:
		return nil
	}
	rows := [][]string{
		goalTitles,
		atLeast(shareName, goalOfGunzip, share),
		atLeast("the lake's share, lines", goalLines, against(c.Runs[linesRole], c.Runs[gunzipRole], result.rate)),
		atLeast("the lake's share, gzipped", goalPacked, against(c.Runs[packedRole], c.Runs[gunzipRole], result.rate)),
		atMost("the lake's allocations a row, gzipped", goalAllocations, each(c.Runs[packedRole], result.mallocsPerRow)),
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

var goalTitles = []string{"goal of this connector", "measured (lowest to highest)", ""}

func atLeast(name string, goal float64, got spread) []string {
	return goalRow(name+", at least "+fmt.Sprintf("%.3g", goal), got, got.median >= goal)
}

func atMost(name string, goal float64, got spread) []string {
	return goalRow(name+", at most "+fmt.Sprintf("%.3g", goal), got, got.median <= goal)
}

func goalRow(name string, got spread, reached bool) []string {
	return []string{name, fmt.Sprintf("%.3g (%.3g to %.3g)", got.median, got.low, got.high), map[bool]string{true: "reached", false: "missed"}[reached]}
}
