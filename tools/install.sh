#!/bin/sh
# Installs the programs of a release, or of this checkout, for this machine.
#
# usage: install.sh [--from FOLDER] [--to FOLDER]
#
#   --from FOLDER   a release's folder, such as dist/release: its checksums are
#                   checked first. Without it, the checkout is built, which needs Go,
#                   and for intercom-debug a C compiler.
#   --to FOLDER     where they go: /usr/local/bin if it can be written, else
#                   $HOME/.local/bin
#
# They are called intercom-connector (the server), intercom-debug, intercom-operator
# and intercom-sandbox.
set -eu
from='' to=''
while [ $# -gt 0 ]; do
	case "$1" in
	--from) from=${2:?--from needs a folder} && shift 2 ;;
	--to) to=${2:?--to needs a folder} && shift 2 ;;
	--help | -h) sed -n '2,14p' "$0" && exit ;;
	*) echo "install: $1 is not known; see --help" >&2 && exit 2 ;;
	esac
done
if [ -z "$to" ]; then
	to=$HOME/.local/bin
	[ ! -w /usr/local/bin ] || to=/usr/local/bin
fi
mkdir -p "$to"
to=$(cd "$to" && pwd)

# put PROGRAM FILE
put() {
	name=intercom-$1
	[ "$1" != server ] || name=intercom-connector
	cp "$2" "$to/.$name.new"
	chmod 755 "$to/.$name.new"
	mv "$to/.$name.new" "$to/$name" # whole or not at all, also while the old one runs
	echo "$to/$name: $("$to/$name" --version)"
}

if [ -n "$from" ]; then
	case "$(uname -s)" in
	Linux) os=linux ;;
	Darwin) os=darwin ;;
	*) echo "install: $(uname -s) is not known here: copy the programs yourself" >&2 && exit 1 ;;
	esac
	case "$(uname -m)" in
	x86_64 | amd64) architecture=amd64 ;;
	aarch64 | arm64) architecture=arm64 ;;
	*) echo "install: there is no release for $(uname -m)" >&2 && exit 1 ;;
	esac
	check=sha256sum
	command -v sha256sum >/dev/null || check='shasum -a 256'
	for program in server debug operator sandbox; do
		file=$program-$os-$architecture
		if [ ! -f "$from/$file" ]; then
			echo "install: the release has no $file; a checkout builds it" >&2
			continue
		fi
		(cd "$from" && grep " $file\$" SHA256SUMS | $check -c -) >/dev/null || { echo "install: $file is not what SHA256SUMS says" >&2 && exit 1; }
		put "$program" "$from/$file"
	done
else
	cd "$(dirname "$0")/.."
	command -v go >/dev/null || { echo "install: there is no Go here: https://go.dev/dl/ has it, or use --from with a release" >&2 && exit 1; }
	built=$(mktemp -d)
	trap 'rm -rf "$built"' EXIT
	for program in server operator sandbox; do
		CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$built/$program" "./cmd/$program"
		put "$program" "$built/$program"
	done
	compiler=$(go env CC)
	if command -v "${compiler%% *}" >/dev/null; then
		CGO_ENABLED=1 go build -trimpath -ldflags='-s -w' -o "$built/debug" ./cmd/debug
		put debug "$built/debug"
	else
		echo "install: intercom-debug holds DuckDB, which is C, and there is no C compiler: install gcc or clang (Debian: apt install gcc; macOS: xcode-select --install), then run this again" >&2
	fi
fi
case ":$PATH:" in
*":$to:"*) ;;
*) echo "$to is not in your PATH: export PATH=\"$to:\$PATH\"" ;;
esac
