#!/bin/sh
# Prints what failed in the log of .ci/run, in at most fifty lines: the step, the
# tests and packages by name, then the first lines of each; where no test failed,
# how the log ends.
#
# usage: failures.sh LOG
set -eu
[ $# -eq 1 ] || { sed -n '2,6p' "$0" >&2; exit 2; }
awk '
function told(line) { if (tell < 32) details[++tell] = substr(line, 1, 200) }
function failed(what) { if (!(what in seen)) { seen[what]; names[++all] = what } }
/^== [^:]*$/ { step = substr($0, 4) }
# With -v a test speaks before it fails, under its name.
/^=== (RUN|NAME|CONT) / { speaks = $3; follow = 0; next }
/^ *--- FAIL: / {
	failed($3); told($0)
	for (i = 1; i <= said[$3] && i <= 3; i++) told(words[$3, i])
	follow = 4
	next
}
/^ *--- (PASS|SKIP): / { follow = 0; next }
/^FAIL\t/ { failed($2 ($3 ~ /^\[/ ? " " $3 " " $4 : "")); follow = 0; next }
/^(ok|FAIL|PASS|\?) *\t?/ { follow = 0; next }
/^(panic:|fatal error:|WARNING: DATA RACE|# [^ ]+)/ { told($0); follow = 9; next }
follow > 0 { told($0); follow--; next }
/^    / && speaks != "" { words[speaks, ++said[speaks]] = $0 }
END {
	print "\n== failed in: " step
	for (i = 1; i <= all && i <= 14; i++) print "   " names[i]
	if (all > 14) print "   and " all - 14 " more"
	for (i = 1; i <= tell; i++) print details[i]
	exit tell == 0 && all == 0
}' "$1" || tail -n 20 "$1"
