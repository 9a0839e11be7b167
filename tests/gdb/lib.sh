#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# For sessions with real image sets: sourced first. NAME is that of the test.
set -uo pipefail
: "${PHOTON_EMU:?is the program to test}" "${SOURCE_DIR:?is the source tree}" "${NAME:?is that of the test}"
work=$(mktemp -d)
emulator=
cleanup() {
    [ -z "$emulator" ] || kill "$emulator" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
unset PHOTON_EMU_SETS
failures=0

skip() {
    echo "$NAME # SKIP $*"
    exit 77
}

wrong() {
    echo "FAILED: $*"
    failures=1
}

command -v gdb-multiarch >/dev/null || skip "gdb-multiarch is not installed"
gdb-multiarch -nx -batch -ex 'python print(1)' >/dev/null 2>&1 || skip "this gdb-multiarch has no Python"

# The sets that are there, oldest first.
sets=()
for set in 0.5.2 1.5.0 2.3.1; do
    [ -f "$SOURCE_DIR/image-sets/$set/bootloader.bin" ] && sets+=("$set")
done
[ ${#sets[@]} -gt 0 ] || skip "no image set is there; scripts/fetch-images gets them"

# debug WHAT SCRIPT [ELF] -- RUN-OPTION...: a run that GDB debugs with SCRIPT, up to its end. What both said is left in
# $work/log and $work/out.
debug() {
    local what=$1 script=$2 symbols=() port=
    shift 2
    [ "$1" = -- ] || { symbols=("$1") && shift; }
    shift
    "$PHOTON_EMU" run "$@" --gdb 0 --gdb-wait >"$work/out" 2>&1 &
    emulator=$!
    for _ in $(seq 100); do
        port=$(sed -n 's/.*extended-remote :\([0-9]*\).*/\1/p' "$work/out")
        [ -n "$port" ] && break
        sleep 0.1
    done
    timeout -k 5 200 gdb-multiarch -nx -batch -ex "py port = ${port:-0}" -x "$SOURCE_DIR/tests/gdb/lib.py" \
        -x "$SOURCE_DIR/tests/gdb/$script" ${symbols[@]+"${symbols[@]}"} >"$work/log" 2>&1 </dev/null
    # A session that got stuck must not hold the run for ever.
    grep -q '^DONE' "$work/log" || kill "$emulator" 2>/dev/null
    wait "$emulator" || { wrong "$what: photon-emu ended with status $?"; cat "$work/out"; }
    emulator=
    if ! grep -q '^DONE' "$work/log" || grep -q '^PROBLEM' "$work/log"; then
        wrong "$what"
        tail -n 30 "$work/log"
    fi
}
