#!/bin/sh
# Builds bin/server as the pipeline of a partner's connector does: from a
# checkout without generated files, once with this project's protocol files and
# once with others of the same meaning (another go_package, no comments, and
# additions), and runs the wire test on each.
set -eu
cd "$(dirname "$0")/.."
GOTOOLCHAIN=$(sed -n 's/^toolchain //p' go.mod)
export GOTOOLCHAIN
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git clone --quiet . "$folder/checkout"
checkout=$folder/checkout

rm "$checkout"/proto/*.pb.go
echo "with this project's protocol files"
make --no-print-directory -C "$checkout" build
(cd "$checkout" && bin/server --version && go test -count=1 ./proto)
(cd "$checkout" && git diff --exit-code -- proto)

mkdir "$folder/others"
for file in common.proto connector_sdk.proto; do
	sed -e 's#//.*##' \
		-e 's#^option go_package.*##' \
		-e 's#^package \(.*\);#package \1;\noption go_package = "example.org/sdk/v9";\noption java_multiple_files = true;\nmessage AdditionOf_'"${file%.proto}"' { string text = 1; }#' \
		-e 's#^message Warning {#message Warning {\n  string addition = 99;#' \
		"proto/$file" >"$folder/others/$file"
done
rm "$checkout"/proto/*.pb.go "$checkout"/bin/server
echo "with others of the same meaning"
make --no-print-directory -C "$checkout" build PROTO_SRC="$folder/others"
(cd "$checkout" && bin/server --version && PROTO_SRC="$folder/others" go test -count=1 ./proto)
