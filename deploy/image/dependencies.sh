#!/bin/sh
# Installs what the program needs at run time, for this platform only, into ./node_modules.
set -eu
npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# Node itself comes with the base image; in development it is a package.
rm -rf node_modules/node-linux-*
# Temporal ships its native part for five platforms, 30 MB each.
find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-unknown-linux-gnu" \
  -exec rm -rf {} +
# Declarations and source maps are for who develops with a package: a third of the image, that every node would pull.
find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete
