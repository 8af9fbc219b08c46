//go:build cgo

package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"intercom-connector/tester/recipes"
)

// completionCommand writes what a shell needs to complete this program's command
// lines.
type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
	Name  string `default:"debug" placeholder:"NAME" help:"What the program is called (${default})."`
}

// Run writes the script. It is kong's entry.
func (c *completionCommand) Run(_ context.Context, s streams, parsed *kong.Context) error {
	words, err := wordsOf(parsed.Model)
	if err != nil {
		return err
	}
	if c.Shell == "fish" {
		return c.fish(s.out, words)
	}
	if c.Shell == "zsh" {
		fmt.Fprintln(s.out, "autoload -U +X bashcompinit && bashcompinit")
	}
	return c.bash(s.out, words)
}

// completions are the words that may follow a command: its flags, and what its
// argument may be. The empty command is the program.
type completions struct {
	command string
	words   []string
}

func wordsOf(model *kong.Application) ([]completions, error) {
	all, err := recipes.All()
	if err != nil {
		return nil, err
	}
	var questions []string
	for _, r := range all {
		questions = append(questions, r.Name)
	}
	flags := func(node *kong.Node) (names []string) {
		for _, flag := range node.Flags {
			if !flag.Hidden {
				names = append(names, "--"+flag.Name)
			}
		}
		return names
	}
	own := completions{words: flags(model.Node)}
	var commands []completions
	for _, child := range model.Children {
		own.words = append(own.words, child.Name)
		words := slices.Concat(flags(model.Node), flags(child))
		switch child.Name {
		case "recipe":
			words = append(words, questions...)
		case "completion":
			words = append(words, "bash", "zsh", "fish")
		}
		commands = append(commands, completions{child.Name, words})
	}
	return append([]completions{own}, commands...), nil
}

// bash completes by the first word that is a command, and files where no word fits.
func (c *completionCommand) bash(w io.Writer, words []completions) error {
	function := "_" + strings.NewReplacer("-", "_", ".", "_", "/", "_").Replace(c.Name)
	fmt.Fprintf(w, "%s() {\n  local word words=%q\n  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n    case $word in\n", function, strings.Join(words[0].words, " "))
	for _, command := range words[1:] {
		fmt.Fprintf(w, "    %s) words=%q; break ;;\n", command.command, strings.Join(command.words, " "))
	}
	_, err := fmt.Fprintf(w, "    esac\n  done\n  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -o default -F %s %s\n", function, c.Name)
	return err
}

func (c *completionCommand) fish(w io.Writer, words []completions) (err error) {
	line := func(condition, word string) {
		if flag, is := strings.CutPrefix(word, "--"); is {
			_, err = fmt.Fprintf(w, "complete -c %s -n %q -l %s\n", c.Name, condition, flag)
		} else {
			_, err = fmt.Fprintf(w, "complete -c %s -n %q -a %s\n", c.Name, condition, word)
		}
	}
	for _, word := range words[0].words {
		line("__fish_use_subcommand", word)
	}
	for _, command := range words[1:] {
		for _, word := range command.words {
			line("__fish_seen_subcommand_from "+command.command, word)
		}
	}
	return err
}
