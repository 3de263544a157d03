#!/usr/bin/env bash
# Installs what building and testing need beyond Go and Node on Debian:
# a C++ compiler (DuckDB and SQLite are linked in), PostgreSQL for the store
# suite, Chromium and a Japanese font for the browser tests. Does nothing when
# everything is there.
set -euo pipefail

need=()
have() { command -v "$1" >/dev/null 2>&1; }
have g++ || need+=(g++)
have make || need+=(make)
have chromium || need+=(chromium)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || have initdb || need+=(postgresql)
ls /usr/share/fonts/opentype/noto/NotoSansCJK* >/dev/null 2>&1 || need+=(fonts-noto-cjk)
[ ${#need[@]} -eq 0 ] && exit 0

if ! have apt-get; then
  echo "Install these yourself, this is not Debian: ${need[*]}" >&2
  exit 1
fi
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
echo "Installing ${need[*]}"
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
