#!/bin/sh
# Writes docs/walkthrough.md: the whole way on the sandbox, from a clone to the
# report, as it happened.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone -q . "$work/clone"
page=$work/walkthrough.md

step() { # the heading, the command, and how many of its last lines are shown
  printf '\n## %s\n\n```text\n$ %s\n' "$1" "$2" >> "$page"
  (cd "$work/clone" && sh -c "$2") > "$work/output" 2>&1
  if [ "$(wc -l < "$work/output")" -gt "${3:-100}" ]; then echo '[...]' >> "$page"; fi
  tail -n "${3:-100}" "$work/output" >> "$page"
  printf '```\n' >> "$page"
}

cat > "$page" <<'EOF'
# From a clone to answers

Every line below was printed by a run on the sandbox; `make transcripts` writes
this page anew. With a configuration the same commands work on your workspace.
EOF
step "Will it work?" "go run ./cmd/debug doctor"
step "Rows" "go run ./cmd/debug" 67
step "Again: what is new, and what may have changed" "go run ./cmd/debug --quiet --json | head -n 14"
step "What there is" "go run ./cmd/debug tables"
step "How far it has come" "go run ./cmd/debug state"
step "A question that people ask" "go run ./cmd/debug recipe first-response-by-team"
step "An answer" "go run ./cmd/debug query \"SELECT current_conversation_state AS state, count(*) AS conversations FROM conversation GROUP BY 1 ORDER BY 2 DESC\""
step "The same for a spreadsheet" "go run ./cmd/debug query --format csv \"SELECT channel, count(*) AS conversations FROM conversation GROUP BY 1 ORDER BY 2 DESC LIMIT 3\""
step "A page to look at" "go run ./cmd/debug report"
step "Ninety days of segments and tags" "go run ./cmd/operator snapshot --sandbox --output lake --days 90" 16
step "How long they stay" "go run ./cmd/debug query --lake lake --recipe median-days-in-segment"
step "Who joined and left" "go run ./cmd/debug query --lake lake --recipe joined-and-left-this-week --limit 8"
step "Is the lake whole?" "go run ./cmd/operator verify --output lake"
printf '\n![The report](report.png)\n' >> "$page"
cp "$page" docs/walkthrough.md
