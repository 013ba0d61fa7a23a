#!/bin/sh
# Tells a channel of Slack or Mattermost what the gate found. WEBHOOK is the address of an incoming webhook.
# Usage: WEBHOOK=https://... webhook.sh RESULTS BASELINE
set -eu
MESSAGE=$(mktemp)
trap 'rm -f "$MESSAGE"' EXIT
code=0
calobench gate "$1" --baseline "$2" --webhook "$MESSAGE" || code=$?
# 2 is a mistake in the call: there is no message then.
[ "$code" -eq 2 ] || curl --fail --silent --show-error -H 'Content-Type: application/json' \
  --data-binary "@$MESSAGE" "$WEBHOOK"
exit "$code"
