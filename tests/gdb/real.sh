#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With each real image set: a session full of stops, and the event stream of the run is, byte for byte, that of a run without.
set -uo pipefail
: "${PHOTON_EMU:?is the program to test}" "${SOURCE_DIR:?is the source tree}"
work=$(mktemp -d)
emulator=
cleanup() {
    [ -z "$emulator" ] || kill "$emulator" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
unset PHOTON_EMU_SETS

skip() {
    echo "real # SKIP $*"
    exit 77
}

command -v gdb-multiarch >/dev/null || skip "gdb-multiarch is not installed"
gdb-multiarch -nx -batch -ex 'python print(1)' >/dev/null 2>&1 || skip "this gdb-multiarch has no Python"
failures=0
tried=0
for set in 0.5.2 1.5.0 2.3.1; do
    folder=$SOURCE_DIR/image-sets/$set
    [ -f "$folder/bootloader.bin" ] || continue
    tried=$((tried + 1))
    "$PHOTON_EMU" run --set "$folder" --for 3s --quiet --trace exc --events "$work/alone.jsonl" >"$work/out" || exit 1
    "$PHOTON_EMU" run --set "$folder" --for 3s --trace exc --events "$work/debugged.jsonl" --gdb 0 --gdb-wait >"$work/out" 2>&1 &
    emulator=$!
    port=
    for _ in $(seq 100); do
        port=$(sed -n 's/.*extended-remote :\([0-9]*\).*/\1/p' "$work/out")
        [ -n "$port" ] && break
        sleep 0.1
    done
    timeout -k 5 200 gdb-multiarch -nx -batch -ex "py port = ${port:-0}" -x "$SOURCE_DIR/tests/gdb/real.py" >"$work/log" 2>&1 </dev/null
    wait "$emulator" || { echo "FAILED: $set: photon-emu ended with status $?"; failures=1; cat "$work/out"; }
    emulator=
    if ! grep -q '^DONE' "$work/log" || grep -q '^PROBLEM' "$work/log"; then
        echo "FAILED: $set"
        tail -n 30 "$work/log"
        failures=1
    fi
    if ! cmp "$work/alone.jsonl" "$work/debugged.jsonl"; then
        echo "FAILED: $set: the event streams differ"
        diff "$work/alone.jsonl" "$work/debugged.jsonl" | head -n 10
        failures=1
    fi
    echo "$set: $(wc -l <"$work/alone.jsonl") events, the same; threads:"
    grep 'Thread\|"IDLE"' "$work/log" | sort -u | head -n 12
done
[ "$tried" -gt 0 ] || skip "no image set is there; scripts/fetch-images gets them"
exit "$failures"
