#!/usr/bin/env bash
# Checks a pull request that changes the description. Runs in `.github/workflows/spec.yml`, and locally:
#
#     scripts/spec-check.sh origin/main [--released v1.4.0]
#
# Fails if `spec-allow.yaml` does not accept a breaking change since the base revision, or if the version in Cargo.toml is
# not raised as far as the changes since the last release require. The last release is the last version tag, unless
# `--released` names another revision. One bump covers all changes since a release.
set -euo pipefail
base=${1:?"pass the revision to compare with, such as origin/main"}
released=$(git describe --tags --abbrev=0 --match 'v[0-9]*' "$base" 2>/dev/null || true)
if [ "${2:-}" = --released ]; then
    released=${3:?"pass the revision of the last release"}
fi
if [ -z "$released" ]; then
    echo "no version tag: the bump is checked against $base" >&2
    released=$base
fi

# Repositories that depend on the SDK and keep a description of their own set SPEC_XTASK to their build of the tool.
read -r -a xtask <<<"${SPEC_XTASK:-cargo xtask}"

version() {
    sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' | head -n 1
}
new=$(version <Cargo.toml)
old=$(git show "$released:Cargo.toml" | version)

changes=(diff --base "$base" --fail-on breaking)
if [ -f spec-allow.yaml ]; then
    changes+=(--allow spec-allow.yaml)
fi
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    changes+=(--format github --summary "$GITHUB_STEP_SUMMARY")
fi
"${xtask[@]}" lint
"${xtask[@]}" "${changes[@]}"
echo "The version, against $released:"
"${xtask[@]}" diff --base "$released" --level breaking --fail-on none --versions "$old" "$new"
