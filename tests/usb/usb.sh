#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of this folder: source this.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE_DIR/tests/cli/lib.sh"
export PHOTON_EMU_SETS=$sets
PATH=$PATH:/usr/sbin:/sbin
emulator=0
trap '[ "$emulator" -eq 0 ] || kill "$emulator" 2>/dev/null; rm -rf "$work"' EXIT

needs() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null || skip "$1 is not installed (package $2)"
}

needs_umockdev() {
    compgen -G '/usr/lib/*/libumockdev-preload.so.0' >/dev/null || skip "libumockdev-preload is not installed (package umockdev)"
}

# with_usb STATUS OPTION... -- COMMAND...: ends with that status; output is left in out and err.
with_usb() {
    local status=$1 got=0
    shift
    timeout -k 2 200 "$PHOTON_EMU" with-usb --quiet "$@" >out 2>err </dev/null || got=$?
    [ "$got" -eq "$status" ] || wrong "status $got, not $status: with-usb $*: $(tail -n 3 err) $(tail -n 3 out)"
}

# The same with a device in DFU mode, by its button.
with_dfu() {
    local status=$1
    shift
    with_usb "$status" --device d.photon --hold setup@0s..4s --when 'led=blinking yellow' "$@"
}

# background ARGUMENT...: the program runs; its output is left in run.out and run.err.
background() {
    "$PHOTON_EMU" "$@" >run.out 2>run.err </dev/null &
    emulator=$!
}

end_background() {
    kill "$emulator" 2>/dev/null
    wait "$emulator" 2>/dev/null
    emulator=0
}

# until_true COMMAND...: for a minute at most.
until_true() {
    local i
    for ((i = 0; i < 600; i++)); do
        "$@" && return 0
        sleep 0.1
    done
    wrong "never: $*"
    return 1
}
