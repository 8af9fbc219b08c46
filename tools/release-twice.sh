#!/bin/sh
# Makes the release for this machine in two checkouts in two folders, the second
# with nothing of the first's: its programs' build cache is empty. The checksums of
# all that they hold must be the same.
set -eu
cd "$(dirname "$0")/.."
GOTOOLCHAIN=$(sed -n 's/^toolchain //p' go.mod)
export GOTOOLCHAIN
go=${GO:-go}
here=$($go env GOHOSTOS)/$($go env GOHOSTARCH)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# release FOLDER CACHE
release() {
	PROGRAMS_CACHE=$2 make --no-print-directory -C "$1" release TARGETS="$here" >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
}
git clone --quiet . "$folder/first"
git clone --quiet "$folder/first" "$folder/another-place" # the same commit, whatever happens here
release "$folder/first" "$($go env GOCACHE)"
release "$folder/another-place" "$folder/cache"
cat "$folder/first/dist/release/SHA256SUMS"
diff "$folder/first/dist/release/SHA256SUMS" "$folder/another-place/dist/release/SHA256SUMS"
echo "the second time, in another folder, with nothing cached: the same bytes"
