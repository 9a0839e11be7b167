#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dfu-util, as it is, on the bootloaders of every set: list, upload, download and leave, refused writes, the DCT, a kill.
# shellcheck source=tests/usb/usb.sh
. "$(dirname "$0")/usb.sh"
needs dfu-util dfu-util
needs_umockdev
needs_set 0.5.2 1.5.0 2.3.1
dfu=(dfu-util -d 2b04:d006)

declare -A version=([0.5.2]=0200 [1.5.0]=0250 [2.3.1]=0250)
for set in 0.5.2 1.5.0 2.3.1; do
    rm -f d.photon flash.bin
    # Both alternates, with their strings.
    with_usb 0 --set $set --only bootloader -- dfu-util -l
    [ "$(grep -c "Found DFU: \[2b04:d006\] ver=${version[$set]}, .*intf=0" out)" -eq 2 ] || wrong "$set: dfu-util -l: $(cat out)"
    grep -qF 'alt=0, name="@Internal Flash   /0x08000000/03*016Ka,01*016Kg,01*064Kg,07*128Kg"' out || wrong "$set: alt 0"
    grep -qF 'alt=1, name="@DCT Flash   /0x00000000/01*016Kg"' out || wrong "$set: alt 1"

    # All of flash, compared with what the images say.
    with_dfu 0 --set $set -- "${dfu[@]}" -a 0 -s 0x08000000:1048576 -U flash.bin
    [ "$(stat -c %s flash.bin)" -eq 1048576 ] || wrong "$set: upload: $(stat -c %s flash.bin) bytes"
    for place in 0x08000000:bootloader 0x08020000:system-part1 0x08060000:system-part2 0x080A0000:user 0x080E0000:factory; do
        file=$sets/$set/${place#*:}.bin
        [ -f "$file" ] || continue
        cmp -s <(tail -c +$((${place%:*} - 0x08000000 + 1)) flash.bin | head -c "$(stat -c %s "$file")") "$file" ||
            wrong "$set: upload: ${place#*:} differs"
    done

    # The parts, with leave: written, and it starts again as it did.
    for place in 0x08020000:system-part1 0x080A0000:user; do
        with_dfu 0 --then reset=software -- "${dfu[@]}" -a 0 -s "${place%:*}:leave" -D "$sets/$set/${place#*:}.bin"
        grep -q 'File downloaded successfully' out || wrong "$set: download of ${place#*:}"
        grep -q 'get_status' out err && wrong "$set: leave: $(cat err)"
    done
    rm -f again.bin
    with_dfu 0 -- "${dfu[@]}" -a 0 -s 0x08020000:655360 -U again.bin
    cmp -s <(tail -c +$((0x20001)) flash.bin | head -c 655360) again.bin || wrong "$set: what was written is not what was there"

    # What the map does not offer, dfu-util refuses; what it offers and the device refuses, the device does.
    head -c 64 /dev/zero >zero
    with_dfu 64 -- "${dfu[@]}" -a 0 -s 0x08000000 -D zero
    grep -q 'not writeable' err || wrong "$set: a write to the bootloader: $(cat err)"
    with_dfu 74 -- "${dfu[@]}" -a 0 -s 0x0800C000 -D zero
    rm -f eeprom.bin
    with_dfu 0 -- "${dfu[@]}" -a 0 -s 0x0800C000:64 -U eeprom.bin
    cmp -s eeprom.bin zero && wrong "$set: the EEPROM's sector was written"

    # The DCT: read, change a byte, read back.
    rm -f dct.bin dct2.bin
    with_dfu 0 -- "${dfu[@]}" -a 1 -s 0:4096 -U dct.bin
    printf '\245' >byte
    with_dfu 0 -- "${dfu[@]}" -a 1 -s 1753 -D byte
    with_dfu 0 -- "${dfu[@]}" -a 1 -s 0:4096 -U dct2.bin
    [ "$(cmp -l dct.bin dct2.bin | awk '{print $1}' | tr '\n' ' ')" = "1754 " ] || wrong "$set: DCT: $(cmp -l dct.bin dct2.bin)"

    # Killed in the middle of a download: the device takes a full one afterwards.
    with_dfu 137 -- bash -c "(sleep 0.3; kill -9 \$\$) & exec dfu-util -d 2b04:d006 -a 0 -s 0x08060000 -D $sets/$set/system-part2.bin"
    with_dfu 0 -- "${dfu[@]}" -a 0 -s 0x08060000 -D "$sets/$set/system-part2.bin"
    rm -f again.bin
    with_dfu 0 -- "${dfu[@]}" -a 0 -s "0x08060000:$(stat -c %s "$sets/$set/system-part2.bin")" -U again.bin
    cmp -s again.bin "$sets/$set/system-part2.bin" || wrong "$set: after a kill"
done

# A leave as old bootloaders had it: dfu-util complains, and the image is there all the same.
with_dfu 74 --usb-dfu-leave abrupt -- "${dfu[@]}" -a 0 -s 0x080A0000:leave -D "$sets/2.3.1/user.bin"
grep -q 'Error during download get_status' out err || wrong "abrupt leave: $(cat err)"
grep -q 'File downloaded successfully' out || wrong "abrupt leave: $(cat out)"
finish
