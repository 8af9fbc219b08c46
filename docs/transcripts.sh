#!/bin/sh
# Writes the transcripts in README.md anew, from real runs on the sandbox.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/" ./cmd/debug ./cmd/operator

(cd "$work" && ./debug) > "$work/debug.txt" 2>&1
(cd "$work" && ./debug 2>&1) | sed -n "/^Operation/,/^Sync/p" > "$work/again.txt"
(cd "$work" && ./operator snapshot --output lake --days 90 2>&1 | tail -n 16 &&
  ./debug query --lake lake --recipe segment-size-by-day | tail -n 4) > "$work/operator.txt"

awk -v work="$work" '
  /^<!-- transcript: / {
    print
    name = $3
    print "```text"
    while ((getline line < (work "/" name ".txt")) > 0) print line
    print "```"
    skipping = 1
    next
  }
  /^<!-- end -->/ { skipping = 0 }
  !skipping { print }
' README.md > "$work/README.md"
cp "$work/README.md" README.md
