#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With each real image set: a session full of stops, and the event stream of the run is, byte for byte, that of a run without.
# Then the threads of a device in listening mode.
NAME=real
. "$SOURCE_DIR/tests/gdb/lib.sh"

threads() {
    grep 'Thread\|"IDLE"' "$work/log" | sort -u | head -n 20
}

for set in "${sets[@]}"; do
    folder=$SOURCE_DIR/image-sets/$set
    "$PHOTON_EMU" run --set "$folder" --for 3s --quiet --trace exc --events "$work/alone.jsonl" >"$work/out" || exit 1
    debug "$set" real.py -- --set "$folder" --for 3s --trace exc --events "$work/debugged.jsonl"
    if ! cmp "$work/alone.jsonl" "$work/debugged.jsonl"; then
        wrong "$set: the event streams differ"
        diff "$work/alone.jsonl" "$work/debugged.jsonl" | head -n 10
    fi
    echo "$set: $(wc -l <"$work/alone.jsonl") events, the same; threads:"
    threads

    # Only a device with keys gets to listening mode within seconds.
    "$PHOTON_EMU" device new "$work/$set.device" --set "$folder" --with-keys --seed 1 >"$work/out" || { cat "$work/out"; exit 1; }
    debug "$set in listening mode" listening.py -- --device "$work/$set.device" --for 7s
    echo "$set in listening mode; threads:"
    threads
done
exit "$failures"
