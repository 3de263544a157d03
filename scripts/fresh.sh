#!/usr/bin/env bash
# Fails when the generated Go is not what its sources give.
set -euo pipefail
cd "$(dirname "$0")/.."
before=$(git ls-files -o -c --exclude-standard '*_templ.go' | xargs -r sha256sum | sha256sum)
go tool templ generate -path web >/dev/null 2>&1
after=$(git ls-files -o -c --exclude-standard '*_templ.go' | xargs -r sha256sum | sha256sum)
if [ "$before" != "$after" ]; then
  echo "Generated code was stale; it has been written again: look at git diff and commit it." >&2
  exit 1
fi
