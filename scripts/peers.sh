#!/usr/bin/env bash
# Compares the client with clients in Node and Python: all read the same 100,000 contracts in turns.
# Needs node with npm, and python3 with venv; their packages go into a folder of their own.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-target/peers}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
cp benches/peers/* "$folder"
(cd "$folder" && npm install --silent --no-fund --no-audit --no-save axios)
[ -d "$folder/venv" ] || python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet httpx msgspec requests

cargo bench -p campfire-benches --bench lists -- --peers "$folder"
