#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The serial port of a running system as a terminal: keys of listening mode, 14400 baud for DFU mode.
# shellcheck source=tests/usb/usb.sh
. "$(dirname "$0")/usb.sh"
needs_set 0.5.2 1.5.0
needs python3 python3

# ask KEY TEXT: what comes within some seconds holds the text.
ask() {
    local answer
    answer=$( (printf %s "$1" >&3; timeout 3 cat <&3) | tr -d '\0')
    grep -qE -- "$2" <<<"$answer" || wrong "$set: '$1' gives '$answer', not $2"
}

for set in 0.5.2 1.5.0; do
    rm -f d.photon
    # A first run makes the keys.
    timeout 200 "$PHOTON_EMU" run --quiet --set $set --device d.photon --until 'led=blinking blue' --for 90s ||
        wrong "$set: no listening mode"
    background run --device d.photon --realtime --serial ./tty --events events
    until_true test -e tty || finish
    until_true grep -q '"led".*"state":"blinking blue"' events || finish
    exec 3<>tty
    ask i 'Your device id is [0-9a-f]{24}'
    ask v "system firmware version: ${set//./\\.}"
    ask m 'Your device MAC address is'
    ask s '^\{"p":6,"m":\[\{"s":16384,"l":"m","vc":30,"vv":30,"f":"b"'
    exec 3<&-
    # as make program-dfu does it
    python3 - <<'EOF' || wrong "$set: the rate cannot be set"
import array, fcntl, os
fd = os.open("tty", os.O_RDWR | os.O_NOCTTY)
termios2 = array.array("I", [0] * 11)
fcntl.ioctl(fd, 0x802C542A, termios2)
termios2[2] = termios2[2] & ~0o10017 | 0o10000
termios2[9] = termios2[10] = 14400
fcntl.ioctl(fd, 0x402C542B, termios2)
EOF
    until_true grep -q '"usb".*"product":"0x0000D006"' events
    end_background
    [ ! -L tty ] || wrong "$set: the link is left over"
done
: >file
refused 2 'file is there already' run --quiet --set 1.5.0 --serial file
refused 2 '/nonexistent' run --quiet --set 1.5.0 --serial /nonexistent/tty
finish
