#!/bin/sh
# Prints the folder of a Trino server with its Hive connector: two artifacts of
# Maven's, each checked against its checksum. It is made once and kept in the
# cache. It needs mvn and python3.
#
# usage: trino.sh
set -eu
version=476
folder=${XDG_CACHE_HOME:-$HOME/.cache}/intercom-connector/trino-$version
if [ ! -e "$folder/complete" ]; then
	rm -rf "$folder"
	mkdir -p "$folder/plugin"
	fetched=$(mktemp -d)
	trap 'rm -rf "$fetched"' EXIT
	fetch() { # artifact, packaging, checksum
		mvn -q -B -Dmaven.repo.local="$fetched" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:get \
			-Dartifact="io.trino:$1:$version:$2" -Dtransitive=false >&2
		echo "$3  $fetched/io/trino/$1/$version/$1-$version.$2" | sha256sum -c --quiet - >&2
	}
	fetch trino-server-core tar.gz 0f388f9967c177ae70a47c099082fc95387f0c3cb96d8000d1d41fc3a5223158
	fetch trino-hive zip 611bacdb07d9f3cf7b9d47f97ecc76fa2e7ff8bfe8a9728c3d06adc1bfb8662e
	tar -xzf "$fetched"/io/trino/trino-server-core/$version/*.tar.gz -C "$folder" --strip-components=1 "trino-server-core-$version/lib"
	python3 -m zipfile -e "$fetched"/io/trino/trino-hive/$version/*.zip "$folder/plugin"
	touch "$folder/complete"
fi
echo "$folder"
