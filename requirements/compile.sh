#!/bin/sh
# Pins what the .in files name, with the hash of every file that may be installed.
# `requirements/compile.sh` keeps the pins that still fit; `requirements/compile.sh --upgrade` takes the newest.
set -eu
cd "$(dirname "$0")"
uv=${UV:-../.venv/bin/uv}
pin() {
    input=$1
    shift
    "$uv" pip compile --quiet --generate-hashes --no-emit-index-url --no-header --no-annotate \
        --python-version 3.11 --universal "$input.in" -o "$input.txt" "$@"
}
pin uv "$@"
pin runtime "$@"
pin test "$@"
