#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The USB/IP door: usbip's own list, joining by with-usb, two programs one after the other, and a capture that tshark reads.
# shellcheck source=tests/usb/usb.sh
. "$(dirname "$0")/usb.sh"
needs_umockdev
needs_set 1.5.0
boot=(--quiet --set 1.5.0 --only bootloader)

background run "${boot[@]}" --realtime --usbip ./door --usb-pcap usb.pcapng
until_true test -S door || finish
if command -v dfu-util >/dev/null; then
    with_join() { timeout -k 2 60 "$PHOTON_EMU" with-usb --usbip ./door -- "$@" >out 2>err </dev/null; }
    with_join dfu-util -l || wrong "joined: status $?: $(cat err)"
    [ "$(grep -c 'Found DFU' out)" -eq 2 ] || wrong "joined: $(cat out)"
    with_join dfu-util -a 0 -s 0x08000000:4096 -U part || wrong "joined a second time: $(cat err)"
    cmp -s part <(head -c 4096 "$sets/1.5.0/bootloader.bin") || wrong "joined: the upload differs"
fi
end_background
[ ! -e door ] || wrong "the socket is left over"
if command -v tshark >/dev/null; then
    tshark -r usb.pcapng >packets 2>/dev/null || wrong "tshark cannot read the capture"
    grep -q 'GET DESCRIPTOR Response CONFIGURATION' packets || wrong "tshark: $(head -n 5 packets)"
    # The first read of a device descriptor is of eight bytes, as on every host; tshark calls that malformed.
    tshark -r usb.pcapng -Y '_ws.malformed && usb.device_address != 0' 2>/dev/null | grep . && wrong "malformed packets"
fi

if command -v usbip >/dev/null; then
    port=$((20000 + RANDOM))
    background run "${boot[@]}" --realtime --usbip $port
    listed() { usbip --tcp-port $port list -r 127.0.0.1 2>/dev/null | grep -q '2b04:d006'; }
    until_true listed
    usbip --tcp-port $port list -r 127.0.0.1 2>/dev/null | grep -q 'Device Firmware Update' || wrong "usbip list: no interface"
    end_background
fi
refused 2 '--usbip' run --usbip 0
refused 2 '/nonexistent/door' run "${boot[@]}" --usbip /nonexistent/door
finish
