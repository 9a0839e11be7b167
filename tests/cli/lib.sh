#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of the program: source this. Every test works in a folder of its own, which goes away at its end.
set -uo pipefail

: "${PHOTON_EMU:?is the program to test}" "${SOURCE_DIR:?is the source tree}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# shellcheck disable=SC2034 # for the tests
sets=$SOURCE_DIR/image-sets
unset PHOTON_EMU_SETS
export LSAN_OPTIONS=print_suppressions=0 # of a sanitizer build: its standard error stream is read here
failures=0

skip() { # REASON
    echo "$(basename "$0" .sh) # SKIP $*"
    exit 77
}

needs_set() { # SET...
    local set
    for set; do
        [ -f "$sets/$set/bootloader.bin" ] || skip "image set $set is not there; scripts/fetch-images gets it"
    done
}

wrong() { # SENTENCE...
    echo "FAILED: $*"
    failures=$((failures + 1))
}

emu() { "$PHOTON_EMU" "$@"; }

# refused STATUS TEXT ARGUMENT...: the program ends with that status and says one sentence with that text on its standard error
# stream and nothing on its standard output.
refused() {
    local status=$1 text=$2 got=0
    shift 2
    timeout -k 2 60 "$PHOTON_EMU" "$@" >out 2>err </dev/null || got=$?
    [ "$got" -eq "$status" ] || wrong "status $got, not $status: photon-emu $*: $(cat err)"
    [ "$(wc -l <err)" -eq 1 ] || wrong "not one line: photon-emu $*: $(cat err)"
    grep -qF -- "$text" err || wrong "no '$text': photon-emu $*: $(cat err)"
    grep -qE '^photon-emu: .*[.]$' err || wrong "no sentence: photon-emu $*: $(cat err)"
    [ ! -s out ] || wrong "output on standard output: photon-emu $*: $(head -n 1 out)"
}

# ends STATUS ARGUMENT...: the program ends with that status; its output is left in out and err.
ends() {
    local status=$1 got=0
    shift
    timeout -k 2 20 "$PHOTON_EMU" "$@" >out 2>err </dev/null || got=$?
    [ "$got" -eq "$status" ] || wrong "status $got, not $status: photon-emu $*: $(tail -n 5 err)"
}

finish() {
    [ "$failures" -eq 0 ] && echo "ok"
    exit $((failures > 0))
}
