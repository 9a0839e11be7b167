#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lsusb -v decodes every descriptor, of bootloaders and of running systems, without a complaint.
# shellcheck source=tests/usb/usb.sh
. "$(dirname "$0")/usb.sh"
needs lsusb usbutils
needs_umockdev
needs_set 0.5.2 1.5.0

for set in 0.5.2 1.5.0; do
    with_usb 0 --set $set --only bootloader -- lsusb -v
    grep -q 'ID 2b04:d006 Particle Photon DFU Mode' out || wrong "$set: $(head -n 3 out)"
    grep -q 'wTransferSize *4096 bytes' out || wrong "$set: no DFU descriptor"
    grep -qiE 'junk|warning|invalid|unrecognized|couldn|cannot' out err && wrong "$set: $(grep -iE 'junk|warning|invalid|couldn' out err)"
    with_usb 0 --set $set --when usb.product=0xC006 -- lsusb -v
    grep -q 'ID 2b04:c006 Particle Photon' out || wrong "$set: $(head -n 3 out)"
    grep -q 'bSlaveInterface *1' out || wrong "$set: no union descriptor"
    grep -qiE 'junk|warning|invalid|unrecognized|couldn|cannot' out err && wrong "$set: $(grep -iE 'junk|warning|invalid|couldn' out err)"
done

# Status and conditions of with-usb itself.
with_usb 3 --set 1.5.0 --only bootloader -- sh -c 'exit 3'
with_usb 143 --set 1.5.0 --only bootloader -- sh -c 'kill $$'
with_usb 1 --set 1.5.0 --only bootloader --when 'led=solid cyan' --for 1s -- touch started
[ ! -e started ] || wrong "the program ran although the condition did not hold"
grep -q "'led=solid cyan' did not come about" err || wrong "condition: $(cat err)"
with_usb 1 --set 1.5.0 --only bootloader --then reset=pin --for 1s -- true
refused 2 'needs a program behind --' with-usb --set 1.5.0
refused 2 'no-such-program' with-usb --quiet --set 1.5.0 --only bootloader -- no-such-program
refused 2 "'x y' is not understood" with-usb --usbip 'x y' -- true
refused 2 'no other option' with-usb --usbip 1234 --quiet -- true
refused 2 '--usb-dfu-leave' run --usb-dfu-leave never
finish
