#!/bin/sh
# Gives the module a path that can be fetched, everywhere at once: who publishes the
# project runs it once, and `go install PATH/cmd/server@latest` works from then on.
#
# usage: module-path.sh PATH [FOLDER]     such as example.com/you/intercom-connector
set -eu
[ $# -gt 0 ] || { sed -n '2,5p' "$0" >&2; exit 2; }
cd "${2:-$(dirname "$0")/..}"
new=$1
case "$new" in
*[!A-Za-z0-9._~/-]* | /* | */ | '') echo "module-path: $new is no module path" >&2 && exit 2 ;;
esac
old=$(sed -n 's/^module //p' go.mod)
[ "$old" != "$new" ] || exit 0
quoted=$(printf %s "$old" | sed 's/[.]/\\./g')
go mod edit -module "$new"
# Imports, what tests say of imports, and the flags of tools: the old path in quotes or
# at a path's beginning.
find . -name '*.go' ! -path './tools/*' -type f -exec sed -i.bak "s#\"$quoted\([/\"]\)#\"$new\1#g" {} +
find . -name '*.go.bak' -type f -exec rm {} +
echo "The module is $new. Next: go build ./... && go test ./docs"
