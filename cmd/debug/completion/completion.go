// Package completion writes what a shell needs to complete the command lines of a
// program: for bash, zsh and fish.
package completion

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// shells are those that Write knows.
var shells = []string{"bash", "zsh", "fish"}

// Write writes the script for a shell: of a program of that name, with the commands
// of the model, one of which takes the names of questions.
func Write(w io.Writer, shell, name string, model *kong.Application, questions []string) error {
	words := wordsOf(model, questions)
	if shell == "fish" {
		return fish(w, name, words)
	}
	if shell == "zsh" {
		fmt.Fprintln(w, "autoload -U +X bashcompinit && bashcompinit")
	}
	return bash(w, name, words)
}

// completions are the words that may follow a command: its flags, and what its
// argument may be. The empty command is the program.
type completions struct {
	command string
	words   []string
}

func wordsOf(model *kong.Application, questions []string) []completions {
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
			words = append(words, shells...)
		}
		commands = append(commands, completions{child.Name, words})
	}
	return append([]completions{own}, commands...)
}

// bash completes by the first word that is a command, and files where no word fits. It
// is zsh's as well, which takes a letter after the colon for a modifier.
func bash(w io.Writer, name string, words []completions) error {
	function := "_" + strings.NewReplacer("-", "_", ".", "_", "/", "_").Replace(name)
	fmt.Fprintf(w, "%s() {\n  local word words=%q\n  for word in \"${COMP_WORDS[@]:1:$((COMP_CWORD-1))}\"; do\n    case $word in\n", function, strings.Join(words[0].words, " "))
	for _, command := range words[1:] {
		fmt.Fprintf(w, "    %s) words=%q; break ;;\n", command.command, strings.Join(command.words, " "))
	}
	_, err := fmt.Fprintf(w, "    esac\n  done\n  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -o default -F %s %s\n", function, name)
	return err
}

func fish(w io.Writer, name string, words []completions) (err error) {
	line := func(condition, word string) {
		if flag, is := strings.CutPrefix(word, "--"); is {
			_, err = fmt.Fprintf(w, "complete -c %s -n %q -l %s\n", name, condition, flag)
		} else {
			_, err = fmt.Fprintf(w, "complete -c %s -n %q -a %s\n", name, condition, word)
		}
	}
	var commands []string
	for _, command := range words[1:] {
		commands = append(commands, command.command)
	}
	for _, word := range words[0].words {
		line("not __fish_seen_subcommand_from "+strings.Join(commands, " "), word)
	}
	for _, command := range words[1:] {
		for _, word := range command.words {
			line("__fish_seen_subcommand_from "+command.command, word)
		}
	}
	return err
}
