#!/bin/sh
# Writes a project that `fivetran deploy` uploads as it is.
#
# usage: package.sh FOLDER [OS/ARCHITECTURE]...
#
# It holds the program for linux/amd64, Fivetran's machines, and those named, for
# people who debug on their own; those are not uploaded. A configuration.json
# that is there already stays: it holds an access token.
set -eu
folder=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
go=${GO:-go}

mkdir -p "$folder/intercom"
cp "$here/project/connector.py" "$here/project/README.md" "$folder/"
rm -f "$folder"/intercom/server* "$folder/requirements.txt"
printf 'configuration.json\nfiles/\n' >"$folder/.gitignore"
for target in linux/amd64 "$@"; do
	program=intercom/server-${target%/*}-${target#*/}
	if [ -e "$folder/$program" ]; then continue; fi
	CGO_ENABLED=0 GOOS=${target%/*} GOARCH=${target#*/} $go -C "$here" build -trimpath -ldflags='-s -w' -o "$(cd "$folder" && pwd)/$program" intercom-connector/cmd/server
	chmod 644 "$folder/$program"
	if [ "$target" != linux/amd64 ]; then echo "$program" >>"$folder/.gitignore"; fi
done
CGO_ENABLED=0 $go -C "$here" run intercom-connector/cmd/server --form >"$folder/intercom/form.json"
if [ ! -e "$folder/configuration.json" ]; then
	cp "$here/project/configuration.example.json" "$folder/configuration.json"
	chmod 600 "$folder/configuration.json"
fi
