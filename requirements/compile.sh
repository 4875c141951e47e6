#!/bin/sh
# Pins what each distribution's pyproject.toml names, with the hash of every file that may be installed.
# `requirements/compile.sh` keeps the pins that still fit; `requirements/compile.sh --upgrade` takes the newest.
#   runtime.txt     everything together, for a checkout; all others have its versions
#   <service>.txt   what the image of a service carries
#   deploy.txt      what the image of the command line carries
#   test.txt        what `./assay test` adds to the runtime
#   uv.txt          what installs everything else
set -eu
cd "$(dirname "$0")"
uv=${UV:-../.venv/bin/uv}
pin() {
    output=$1
    shift
    "$uv" pip compile --quiet --generate-hashes --no-emit-index-url --no-header --no-annotate \
        --no-emit-package assay-shared --no-emit-package assay-cli --no-emit-package assay-stack \
        --python-version 3.11 --universal "$@" -o "$output.txt"
}
pin uv uv.in "$@"
pin runtime ../shared/pyproject.toml ../services/*/pyproject.toml ../deploy/*/pyproject.toml "$@"
for service in ../services/*/; do
    pin "$(basename "$service")" "${service}pyproject.toml" -c runtime.txt "$@"
done
pin deploy ../deploy/cli/pyproject.toml ../deploy/stack/pyproject.toml -c runtime.txt "$@"
pin test test.in "$@"
