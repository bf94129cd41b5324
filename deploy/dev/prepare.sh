#!/bin/sh
# Installs the project's packages when they are missing or older than the lock file. Every npm command that needs them
# starts here, so that a fresh clone works with nothing but Node >= 20 and npm.
set -eu
cd "$(dirname "$0")/../.."
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi
