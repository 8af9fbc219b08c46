// Command notices writes the licenses of everything that programs hold: each
// module that their build information names, and Go itself.
//
//	go -C tools run ./notices PROGRAM... > THIRD-PARTY-NOTICES.txt
//
// A module without a license is an error: then it may not be shipped.
package main

import (
	"bufio"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	err := errors.Join(write(out, os.Args[1:]), out.Flush())
	if err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

// write writes the notices of the programs' modules, each once, by name.
func write(out io.Writer, programs []string) error {
	modules, toolchain, err := held(programs)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The programs hold these modules, under these licenses.\n\n")
	if err := notice(out, toolchain, runtime.GOROOT()); err != nil {
		return err
	}
	for _, module := range modules {
		folder, err := download(module)
		if err != nil {
			return err
		}
		if err := notice(out, module, folder); err != nil {
			// The parts of a repository may share the license at its root.
			parent, _, _ := strings.Cut(module, "@")
			if at := slices.IndexFunc(modules, func(other string) bool {
				name, _, _ := strings.Cut(other, "@")
				return name != parent && strings.HasPrefix(parent, name+"/")
			}); at >= 0 {
				fmt.Fprintf(out, "%s\n\nas %s\n\n", module, modules[at])
				continue
			}
			return err
		}
	}
	return nil
}

// held are the modules that programs were built from, as name@version, and Go.
func held(programs []string) (modules []string, toolchain string, err error) {
	if len(programs) == 0 {
		return nil, "", errors.New("no program is named")
	}
	for _, program := range programs {
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", program, err)
		}
		toolchain = "Go " + info.GoVersion
		for _, module := range info.Deps {
			if module.Replace != nil {
				module = module.Replace
			}
			modules = append(modules, module.Path+"@"+module.Version)
		}
	}
	slices.Sort(modules)
	return slices.Compact(modules), toolchain, nil
}

// download gives the folder that holds a module.
func download(module string) (string, error) {
	out, err := exec.Command("go", "mod", "download", "-json", module).Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", module, err)
	}
	var answer struct{ Dir string }
	if err := json.Unmarshal(out, &answer); err != nil {
		return "", fmt.Errorf("%s: %w", module, err)
	}
	return answer.Dir, nil
}

var license = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([-.].*)?$`)

// notice writes what a module's folder says of its license.
func notice(out io.Writer, name, folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	var found bool
	for _, entry := range entries {
		if entry.IsDir() || !license.MatchString(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		found = true
		fmt.Fprintf(out, "%s\n%s\n\n%s\n\n", strings.Repeat("=", 80), path.Join(name, entry.Name()), strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")))
	}
	if !found {
		return fmt.Errorf("%s has no license", name)
	}
	return nil
}
