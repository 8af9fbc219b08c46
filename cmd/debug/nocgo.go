//go:build !cgo

package main

import (
	"fmt"
	"os"
)

// Without cgo there is no DuckDB. Go turns cgo off by itself where it finds no C
// compiler, and would say that all files of a package are excluded.
func main() {
	fmt.Fprint(os.Stderr, `debug: DuckDB is C, and there is no C compiler here (or CGO_ENABLED is 0).
Install one, then run this again:
  Debian, Ubuntu   apt install gcc
  Fedora           dnf install gcc
  Alpine           apk add build-base
  macOS            xcode-select --install
  Windows          MSYS2: pacman -S mingw-w64-ucrt-x86_64-gcc
server, operator and sandbox need none.
`)
	os.Exit(1)
}
