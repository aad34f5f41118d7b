#!/bin/sh
# Installs `rapper`, with which the tests read our Turtle a second time; without it they skip that and say so.
set -eu

if command -v rapper >/dev/null 2>&1; then
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
    echo "rapper is not installed, so its test is skipped; on Debian: apt-get install raptor2-utils (as root)"
    exit 0
fi
echo "Installing rapper (Debian package raptor2-utils) for the tests"
export DEBIAN_FRONTEND=noninteractive
{ apt-get -qq update && apt-get -qq install --yes --no-install-recommends raptor2-utils; } >/dev/null 2>&1 </dev/null ||
    echo "rapper could not be installed, so its test is skipped"
