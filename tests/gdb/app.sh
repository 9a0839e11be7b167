#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With each real image set: GDB flashes an app of ours, and follows it through bootloader, system parts and its own code.
NAME=app
. "$SOURCE_DIR/tests/gdb/lib.sh"
elf=${APPS_FOLDER:?is where the apps are built}/hello.elf
[ -f "$elf" ] || skip "there is no arm-none-eabi-gcc to build the app with"

for set in "${sets[@]}"; do
    "$PHOTON_EMU" device new "$work/$set.device" --set "$SOURCE_DIR/image-sets/$set" --with-keys --seed 1 >"$work/out" ||
        { cat "$work/out"; exit 1; }
    debug "$set" app.py "$elf" -- --device "$work/$set.device" --for 8s
    grep -q 'hello from loop 3' "$work/out" || { wrong "$set: the app does not run on without GDB"; cat "$work/out"; }
    echo "$set:"
    cat "$work/log"
done
exit "$failures"
