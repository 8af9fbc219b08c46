#!/bin/sh
# Scans for known vulnerabilities: what the code calls, what the tools call, and
# what each program given as an argument holds. Anything but a clean scan is an
# error: a finding as well as a database that could not be had.
#
# usage: vuln.sh [PROGRAM]...
#
# The database is a Go module, so the scan needs nothing but the module proxy
# and is checked against the checksum database like every other module. Each run
# takes the newest version; an index made of it before is kept in the cache.
set -eu
cd "$(dirname "$0")/.."
GOTOOLCHAIN=$(sed -n 's/^toolchain //p' go.mod)
export GOTOOLCHAIN
go=${GO:-go}

$go mod download golang.org/x/vulndb@latest || {
	echo "vuln: the database of vulnerabilities could not be had, so nothing was scanned" >&2
	exit 1
}
version=$($go list -m -f '{{.Version}}' golang.org/x/vulndb@latest)
source=$($go env GOMODCACHE)/golang.org/x/vulndb@$version/data/osv
database=${XDG_CACHE_HOME:-$HOME/.cache}/intercom-connector/vulndb/$version
if [ ! -e "$database/complete" ]; then
	rm -rf "$(dirname "$database")"
	mkdir -p "$database"
	$go run "golang.org/x/vulndb/cmd/indexdb@$version" -vulns "$source" -out "$database"
	touch "$database/complete"
fi
reports=$(find "$database/ID" -name 'GO-*.json' | wc -l)
if [ "$reports" -lt 4000 ]; then
	echo "the database of vulnerabilities $version holds $reports reports: that is not the whole" >&2
	exit 1
fi
echo "database $version, $reports reports"

scan=$($go -C tools tool -n govulncheck)
echo "what ./... calls"
"$scan" -db "file://$database" ./...
echo "what the tools call"
"$scan" -db "file://$database" -C tools ./...
for program; do
	echo "what $program holds"
	"$scan" -db "file://$database" -mode binary "$program"
done
