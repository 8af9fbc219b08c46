#!/bin/sh
# Writes the transcripts in README.md anew, from real runs on the sandbox.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/" ./cmd/debug ./cmd/operator

cd "$work"
./debug > all.txt 2>&1
sed -n '/ records in /,/^Median/p' all.txt | sed '$d' | sed '$d' > debug.txt
./operator snapshot --sandbox --output lake --days 90 > all.txt 2>&1
./debug query --lake lake --recipe median-days-in-segment > operator.txt 2>&1
cd "$OLDPWD"

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
