#!/bin/bash
# The challenge's server starts this script, which sets only PYTHONPATH.
set -e
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
export PYTHONPATH="${root}/lib${PYTHONPATH:+:${PYTHONPATH}}"
exec python "${root}/train.py" --gin_config="${root}/model.gin" "$@"
