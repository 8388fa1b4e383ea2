#!/usr/bin/env bash
# What a pull request that touches the description has to pass. `.github/workflows/spec.yml` calls it, and so can you:
#
#     scripts/spec-check.sh origin/main
#
# A breaking change stops here unless `spec-allow.yaml` explains it, and the version in Cargo.toml has to be raised as
# far as the changes ask for.
set -euo pipefail
base=${1:?"name the revision to compare with, such as origin/main"}

# In a repository that depends on the SDK and keeps a description of its own, say how to call the tool.
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
