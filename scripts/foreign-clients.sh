#!/usr/bin/env bash
# Lets clients of other generators use the sandbox: the Python and TypeScript clients of OpenAPI Generator, and schemathesis.
#
#     scripts/foreign-clients.sh [--minutes 20] [--seed 1] [--folder FOLDER]
#
# Runs schemathesis for that many minutes with each response style. Fails if a client cannot read a response, if the sandbox
# responds with a 5xx other than 501, or with anything that its description does not allow: the bundle, and for the style of
# the live server the lenient bundle. Needs Rust, Python with venv, Node with npm, and Java. Their packages go into FOLDER, by
# default a temporary one.
set -euo pipefail
cd "$(dirname "$0")/.."

minutes=20 seed=1 folder=
while [ $# -gt 0 ]; do
    case $1 in
    --minutes) minutes=${2:?} ;;
    --seed) seed=${2:?} ;;
    --folder) folder=${2:?} ;;
    *)
        sed -n '2,10s/^# \?//p' "$0" >&2
        exit 2
        ;;
    esac
    shift 2
done

sandbox= temporary=
stop() {
    [ -z "$sandbox" ] || kill "$sandbox" 2>/dev/null || true
    sandbox=
}
trap 'stop; [ -z "$temporary" ] || rm -rf "$temporary"' EXIT
[ -n "$folder" ] || folder=$(mktemp -d) temporary=$folder
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

step() {
    printf '\n== %s (%ss)\n' "$*" "$SECONDS"
}

export SCHEMATHESIS_HOOKS=scripts/foreign-clients/schemathesis_hooks.py

step "packages"
[ -d "$folder/venv" ] || python3 -m venv "$folder/venv"
python=$folder/venv/bin/python
"$python" -m pip install --quiet schemathesis==4.32.5 openapi-generator-cli==7.26.0
npm install --prefix "$folder" --silent --no-fund --no-audit typescript@5

step "the sandbox and its descriptions"
cargo build --quiet -p campfire-sandbox-server -p xtask
programs=${CARGO_TARGET_DIR:-target}/debug
"$programs/xtask" bundle --out "$folder/documented.json"
"$programs/xtask" bundle --lenient --out "$folder/live.json"

# Starts a sandbox with a company, and sets `url` and `key`.
start() {
    stop
    # Before the sandbox starts, so that its address is not looked for in what the last one wrote.
    : >"$folder/sandbox.log"
    "$programs/campfire-sandbox" --face "$1" --demo 1000 --seed "$seed" >>"$folder/sandbox.log" &
    sandbox=$!
    until grep -q '^Press' "$folder/sandbox.log"; do
        kill -0 "$sandbox"
        sleep 0.1
    done
    url=$(sed -n 's/^Listening on \([^ ]*\) .*/\1/p' "$folder/sandbox.log")
    key=$(sed -n 's/^ *admin: Authorization: Token //p' "$folder/sandbox.log")
}

# Generates a client: generate GENERATOR STYLE FOLDER [PROPERTIES].
generate() {
    "$folder/venv/bin/openapi-generator-cli" generate --generator-name "$1" --input-spec "$folder/$2.json" --output "$3" \
        --openapi-normalizer SET_TAGS_FOR_ALL_OPERATIONS=campfire --additional-properties "$4" >"$3.log" 2>&1
}

failed=0
# Runs a check whose failure does not stop the others.
check() {
    step "$1"
    shift
    "$@" || failed=1
}

for style in documented live; do
    step "the clients of OpenAPI Generator: $style"
    rm -rf "$folder/python" "$folder/typescript"
    generate python "$style" "$folder/python" packageName=campfire_client
    generate typescript-fetch "$style" "$folder/typescript" supportsES6=true,npmName=campfire-client
    "$python" -m pip install --quiet "$folder/python"
    (cd "$folder" && node_modules/.bin/tsc --project typescript)
    start "$style"
    check "Python: $style" \
        "$python" scripts/foreign-clients/python_client.py "$folder/$style.json" "$url" "$key" "$folder/calls.json"
    check "TypeScript: $style" \
        node scripts/foreign-clients/typescript_client.mjs \
        "$folder/typescript/dist" "$folder/$style.json" "$url" "$key" "$folder/calls.json"
    start "$style"
    check "schemathesis: $style" \
        nice "$folder/venv/bin/schemathesis" --config-file scripts/foreign-clients/schemathesis.toml run "$folder/$style.json" \
        --url "$url" --header "Authorization: Token $key" --max-time "$((minutes * 60))" --seed "$seed"
done
stop
step "done"
exit "$failed"
