#!/bin/sh
# For cron: a run, the gate, one line in the history, and the site, all on a file share that others read.
# Any number of machines may do so at the same time. Usage: file-share.sh SHARE MODEL DETECTOR [BASELINE]
set -eu
SHARE=$1 MODEL=$2 DETECTOR=$3 BASELINE=${4:-}

RUN=$(mktemp -d)
trap 'rm -rf "$RUN"' EXIT
calobench run --model "$MODEL" --detector "$DETECTOR" -n 1000 --out "$RUN" --force
if [ -n "$BASELINE" ]; then
  # A regression is shown on the site, and ends nothing here.
  calobench gate "$RUN/results.json" --baseline "$BASELINE" --json "$RUN/gate.json" || true
fi
calobench history add "$RUN" --store "$SHARE/history" --skip-known
calobench site "$SHARE/history" -o "$SHARE/public"
