#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A story passes as it is and fails with one mutation of the model.
#
#   mutation.sh MUTATION STORY [--filter PATTERN | --sets SET,...]...
set -uo pipefail

mutation=$1
story=$SOURCE_DIR/tests/scenarios/$2
shift 2

# Devices with keys are made by the right model and kept for the wrong one.
run() {
    env -u PHOTON_EMU_MUTATION ${1:+PHOTON_EMU_MUTATION="$1"} \
        "$PHOTON_EMU" test -j 1 --apps "$APPS_DIR" --cache "$CACHE_DIR" "${@:2}" 2>&1
}

out=$(run '' "$@" "$story")
status=$?
if [ "$status" -ne 0 ]; then
    if [ "$status" -eq 77 ]; then
        echo "mutations/$mutation # SKIP $(tail -n 1 <<<"$out")"
        exit 77
    fi
    echo "without a mutation the story should pass, but ended with status $status:"
    echo "$out"
    exit 1
fi
out=$(run "$mutation" "$@" "$story")
status=$?
if [ "$status" -ne 1 ]; then
    echo "with the mutation '$mutation' the story should fail (status 1), but ended with status $status:"
    echo "$out"
    exit 1
fi
grep -m 1 -A 1 '^FAIL' <<<"$out" || true
