#!/bin/sh
# Makes the release in two checkouts in two folders. The second has nothing of
# the first's: its build cache is empty, and it is for this machine only, since
# that takes minutes. Its programs and bills must have the first's checksums.
set -eu
cd "$(dirname "$0")/.."
go=${GO:-go}
here=$($go env GOHOSTOS)/$($go env GOHOSTARCH)
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
git clone --quiet . "$folder/first"
git clone --quiet . "$folder/another-place"
make --no-print-directory -C "$folder/first" release >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
GOCACHE=$folder/cache make --no-print-directory -C "$folder/another-place" release TARGETS="$here" >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
cat "$folder/first/dist/release/SHA256SUMS"
grep "${here%/*}-${here#*/}" "$folder/another-place/dist/release/SHA256SUMS" >"$folder/second"
[ "$(wc -l <"$folder/second")" -eq 8 ] || { echo "release-twice: not the four programs and their bills"; cat "$folder/second"; exit 1; }
while read -r line; do
	grep -qFx "$line" "$folder/first/dist/release/SHA256SUMS" || { echo "release-twice: other bytes: $line"; exit 1; }
done <"$folder/second"
echo "the second time, in another folder, with nothing cached: the same bytes"
