#!/bin/sh
# Prints the folder of a virtual environment with the packages of
# requirements/NAME.txt: exactly those, each checked against its checksum. It is
# made once and kept in the cache until the list or Python changes.
#
# usage: venv.sh NAME
set -eu
list=$(cd "$(dirname "$0")" && pwd)/requirements/$1.txt
python=${PYTHON:-python3}
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
sum=$(sha256sum "$list" | cut -c1-12)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/intercom-connector/venv/$1-$version-$sum
if [ ! -e "$folder/complete" ]; then
	rm -rf "$folder"
	mkdir -p "$(dirname "$folder")"
	"$python" -m venv "$folder"
	# Whole lists, so nothing else is fetched: no dependencies, nothing to build with.
	"$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation --require-hashes -r "$list" >&2
	touch "$folder/complete"
fi
echo "$folder"
