#!/bin/sh
# Writes a project that `fivetran deploy` uploads as it is.
#
# usage: package.sh FOLDER SERVER
#
# SERVER is the program for the machine that syncs: linux/amd64 on Fivetran's.
# A configuration.json that is there already stays: it holds an access token.
set -eu
folder=$1
server=$2
here=$(dirname "$0")

mkdir -p "$folder/intercom"
cp "$here/project/connector.py" "$here/project/requirements.txt" "$here/project/README.md" "$folder/"
cp "$server" "$folder/intercom/server"
chmod 644 "$folder/intercom/server"
if [ ! -e "$folder/configuration.json" ]; then
	cp "$here/project/configuration.example.json" "$folder/configuration.json"
	chmod 600 "$folder/configuration.json"
fi
