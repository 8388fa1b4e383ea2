#!/usr/bin/env bash
# Checks a pull request that changes the description. Runs in `.github/workflows/spec.yml`, and locally:
#
#     scripts/spec-check.sh origin/main
#
# Fails if `spec-allow.yaml` does not accept a breaking change, or if the version in Cargo.toml is not raised as far as
# the changes require.
set -euo pipefail
base=${1:?"pass the revision to compare with, such as origin/main"}

# Repositories that depend on the SDK and keep a description of their own set SPEC_XTASK to their build of the tool.
read -r -a xtask <<<"${SPEC_XTASK:-cargo xtask}"

version() {
    sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' | head -n 1
}
new=$(version <Cargo.toml)
old=$(git show "$base:Cargo.toml" | version)

arguments=(diff --base "$base" --fail-on breaking --versions "$old" "$new")
if [ -f spec-allow.yaml ]; then
    arguments+=(--allow spec-allow.yaml)
fi
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    arguments+=(--format github --summary "$GITHUB_STEP_SUMMARY")
fi
"${xtask[@]}" lint
"${xtask[@]}" "${arguments[@]}"
