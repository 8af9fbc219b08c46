#!/bin/sh
# Writes a release into a folder: the programs for each machine, a bill of what
# each holds (CycloneDX), the licenses, and the checksums of all of it. The same
# commit gives the same bytes, wherever it lies.
#
# usage: release.sh FOLDER [OS/ARCHITECTURE]...
#
# debug holds DuckDB, which is C: it is built for this machine only. PROGRAMS_CACHE
# is another build cache for the programs; what lists their parts is built as ever.
set -eu
[ $# -gt 0 ] || { sed -n '2,9p' "$0" >&2; exit 2; }
cd "$(dirname "$0")/.."
GOTOOLCHAIN=$(sed -n 's/^toolchain //p' go.mod)
export GOTOOLCHAIN
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64
go=${GO:-go}
cache=${PROGRAMS_CACHE:-$($go env GOCACHE)}
if [ -n "$(git status --porcelain)" ]; then
	echo "release: there are changes that are not committed, so no revision names what would be built" >&2
	exit 1
fi
rm -f "$out"/*
bill=$($go -C tools tool -n cyclonedx-gomod)
version=$(sed -n 's/^const Number = "\(.*\)"/\1/p' internal/build/build.go)

# make_one PROGRAM OS ARCHITECTURE CGO
make_one() {
	file=$out/$1-$2-$3
	[ "$2" != windows ] || file=$file.exe
	GOCACHE=$cache CGO_ENABLED=$4 GOOS=$2 GOARCH=$3 $go build -trimpath -buildvcs=true -ldflags='-s -w' -o "$file" "./cmd/$1"
	"$bill" bin -json -noserial -notimestamp -version "v$version" -output "$file.cdx.json" "$file"
}
for target; do
	for program in server operator sandbox; do
		make_one "$program" "${target%/*}" "${target#*/}" 0
	done
	if [ "$target" = "$($go env GOHOSTOS)/$($go env GOHOSTARCH)" ]; then
		make_one debug "${target%/*}" "${target#*/}" 1
	fi
done
# So far there is nothing else but programs and their bills.
notices=$(find "$out" -type f ! -name '*.json' | sort | tr '\n' '\0' | xargs -0 "$go" -C tools run ./notices)
printf '%s\n' "$notices" >"$out/THIRD-PARTY-NOTICES.txt"
cp LICENSE tools/install.sh "$out/"
# The newest part of the changelog.
awk '/^## /{n++} n==1' CHANGELOG.md >"$out/RELEASE-NOTES.md"
(cd "$out" && find . -type f ! -name SHA256SUMS | sed 's#^\./##' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
