#!/bin/sh
# The tests that take minutes, one part after another, each with a limit of its own:
# an hour together. A part that fails is named at the end and hides no other.
# usage: torture.sh FIRST, the first seed of what is drawn
set -u
cd "$(dirname "$0")/.."
first=$1
failed=

part() {
	name=$1 minutes=$2
	shift 2
	echo "== $name, $minutes minutes at the most"
	${GO:-go} test -count=1 -timeout "${minutes}m" "$@" || failed="$failed
  $name"
}

part 'faults, kills, load, hostile input' 14 ./test/torture -torture
part 'histories of the connector' 12 -run '^Test(Vanished)?Histories$' ./connector -histories 3000 -first "$first"
part 'mixtures of the connector' 4 -run '^TestMixtures$' ./connector -mixtures 1000 -first "$first"
part 'engagement of the connector' 6 -run '^TestEngagementHistories$' ./connector -engagements 600 -first "$first"
part 'engagement in a lake' 4 -run '^TestEngagementInTheLake$' ./operator -engagements 300 -first "$first"
part 'histories of a lake' 6 -run '^TestExportHistories$' ./operator -histories 2000 -first "$first"
part 'mixtures of a lake' 4 -run '^TestMixtures$' ./operator -mixtures 1000 -first "$first"
part 'a quarter' 5 -run '^TestQuarter$' -v ./connector -quarter 40 -quarter-send changed,all
part 'sixty days of a lake' 5 -run '^TestSoak$' -v ./operator -soak 60

[ -z "$failed" ] || { echo "failed, with seeds from $first:$failed"; exit 1; }
