#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# photon-emu image: what it tells, what it makes, and what it refuses. With made-up images; the parts about --set need real ones.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

says() { # TEXT...: out holds it, whatever its line breaks
    local text
    for text; do
        tr -s ' \n' ' ' <out | grep -qF -- "$text" || wrong "no '$text' in: $(head -n 12 out)"
    done
}

json() { # KEY VALUE: out has a member of that name with that value
    local value=$2
    grep -qF "\"$1\" : $value" out || wrong "no \"$1\" with value $value in: $(grep -F "\"$1\"" out)"
}

ok() { # ARGUMENT...: image ... ends with 0 and says nothing on the standard error stream
    ends 0 image "$@"
    [ ! -s err ] || wrong "photon-emu image $*: $(head -n 1 err)"
}

# --- help texts fit a terminal
for command in '' inspect make edit extract hexdump; do
    # shellcheck disable=SC2086 # none is no argument
    ok $command --help
    grep -q '^Usage: photon-emu image' out || wrong "no usage in image $command --help"
    [ "$(awk 'length > 80' out | wc -l)" -eq 0 ] || wrong "image $command --help is wider than 80 columns"
done
refused 2 'no command' image
refused 2 'frobnicate' image frobnicate
refused 2 '--nonsense' image inspect --nonsense

# --- make
head -c 1001 /dev/zero | tr '\0' 'x' >code
ok make code -o app.bin --version 3 --dep system-part,2,108 --product 7,8
ok inspect app.bin
says 'user part, version 3, for the Photon' '0x080A0000 to 0x080A042C' 'needs system part 2 version 108 (0.6.2)' 'good' \
    'product 7 version 8' '0x080A0000 (user) and 0x080E0000 (factory) of a Photon'
[ "$(stat -c %s app.bin)" -eq $((24 + 1004 + 40 + 4)) ] || wrong "app.bin has another size"
tail -c +25 app.bin | head -c 1001 | cmp -s - code || wrong "the code is not in app.bin"
ok make code -o boot.bin --function system-part --index 2 --platform p1
ok inspect --json boot.bin
json platform 8
json start $((0x08060000))
json crc_good true
refused 2 'is there already' image make code -o app.bin
ok make code -o app.bin --force --version 3 --dep system-part,2,108 --product 7,8
refused 2 '-o is missing' image make code
refused 2 'cannot be written' image make code -o no-such-folder/app.bin
refused 2 'missing.raw' image make missing.raw -o x.bin
refused 2 'one binary' image make -o x.bin
refused 2 '--start is missing' image make code -o x.bin --function resource
ok make code -o resource.bin --function resource --start 0x080C0000
refused 2 "--function 'bike'" image make code -o x.bin --function bike
refused 2 "--platform 'moon'" image make code -o x.bin --platform moon
refused 2 "--version '65536'" image make code -o x.bin --version 65536
refused 2 "--version '-1'" image make code -o x.bin --version=-1
refused 2 "--index 'x'" image make code -o x.bin --index x
refused 2 "--start '0x1FFFFFFFF'" image make code -o x.bin --start 0x1FFFFFFFF
refused 2 "--dep 'system-part,2'" image make code -o x.bin --dep system-part,2
refused 2 "--dep2 '1,2,70000'" image make code -o x.bin --dep2 1,2,70000
refused 2 "--product '5'" image make code -o x.bin --product 5
head -c 200000 /dev/zero >large
refused 2 'too large' image make large -o x.bin
[ ! -e x.bin ] || wrong "a file was left behind by a refused make"

# --- edit
ok edit app.bin -o new.bin --version 77 --dep system-part,2,3000 --dep2 bootloader,0,501 --platform p1
ok inspect new.bin
says 'version 77, for the P1' 'system part 2 version 3000' 'bootloader version 501' 'CRC-32 ' ', good' '0x080A0000 (user)'
ok edit new.bin -o back.bin --version 3 --dep system-part,2,108 --dep2 none --platform photon
cmp -s back.bin app.bin || wrong "changed and changed back, it is another file"
for damage in crc sha body; do
    ok edit app.bin -o "$damage.bin" --break $damage
    ok inspect "$damage.bin"
    says WRONG
done
ok edit body.bin -o mended.bin
ok inspect mended.bin
says 'CRC-32 ' 'good'
grep -q WRONG out && wrong "edit did not correct the checksums"
ok edit app.bin -o header.bin --break header
ok inspect header.bin
says 'No module'
ok edit app.bin -o cut.bin --break cut
ok inspect cut.bin
says 'cut short'
ok edit app.bin -o both.bin --break platform --break crc
ok inspect --json both.bin
json platform 8
json crc_good false
refused 2 "--break 'leg'" image edit app.bin -o x.bin --break leg
refused 2 'cut.bin cannot be edited' image edit cut.bin -o x.bin
refused 2 'code cannot be edited' image edit code -o x.bin
refused 2 'header.bin cannot be edited' image edit header.bin -o x.bin --break crc
refused 2 '--dfu-suffix' image edit app.bin -o x.bin --dfu-suffix 2b04

# --- DFU suffix
ok edit app.bin -o app.dfu --dfu-suffix 2b04:d006
ok inspect app.dfu
says 'for USB device 2B04:D006, a Photon, CRC good' 'user part, version 3'
ok edit app.dfu -o other.dfu --dfu-suffix 1d50:607f
ok inspect other.dfu
says 'for USB device 1D50:607F, a Core' 'It is for another device than 2B04:D006, a Photon: dfu-util refuses it there.'
printf y | dd of=other.dfu bs=1 seek=100 conv=notrunc status=none
ok inspect other.dfu
says 'a Core, CRC WRONG'

# --- extract
ok make code -o inner.bin --version 9
{
    cat app.bin
    printf 'pad.'
    cat inner.bin
} >outer
ok extract outer -o out.bin
says 'version 9'
cmp -s out.bin inner.bin || wrong "what was extracted is another file"
ok extract outer --offset 0 -o first.bin
cmp -s first.bin app.bin || wrong "what was extracted from the beginning is another file"
ok extract app.dfu --offset 0 -o plain.bin
cmp -s plain.bin app.bin || wrong "the DFU suffix was not left behind"
refused 2 'no module inside' image extract app.bin -o x.bin
refused 2 'at offset 4' image extract app.bin --offset 4 -o x.bin
refused 2 "--offset 'x'" image extract app.bin --offset x -o x.bin
refused 2 'cut short' image extract cut.bin --offset 0 -o x.bin
cat outer inner.bin >three
refused 2 'more than one' image extract three -o x.bin

# --- hexdump
ok hexdump app.bin
says 'start address' 'needs version' 'SHA-256' 'CRC-32' '*'
grep -q '^0000000A  03 00  *version$' out || wrong "the version has no line of its own"
ok hexdump app.bin --offset 0x18 --length 8
[ "$(wc -l <out)" -eq 2 ] || wrong "8 bytes are $(wc -l <out) lines"
refused 2 "has no offset 99999" image hexdump app.bin --offset 99999
refused 2 "--length 'x'" image hexdump app.bin --length x

# --- any file
printf '\245' >flag
ok inspect flag
says '0xA5'
printf ':00000001FF\n' >empty.hex
ok inspect empty.hex
says 'Intel HEX'
printf '\177ELF' >elf
ok inspect elf
says 'ELF'
head -c 4096 /dev/zero | tr '\0' '\377' >erased
ok inspect erased
says 'erased flash'
head -c 3 app.bin >tiny
ok inspect tiny
says 'No module'
for seed in 1 2 3 4 5 6 7 8; do
    head -c $((seed * 777)) /dev/urandom >noise
    ok inspect noise
done
: >nothing
refused 2 'nothing is empty' image inspect nothing
refused 2 'missing.bin' image inspect missing.bin
mkdir folder
refused 2 'folder' image inspect folder
refused 2 'no file' image inspect
ends 2 image inspect app.bin missing.bin code # the others are told about
grep -q missing.bin err || wrong "nothing about missing.bin"
says 'user part' 'No module'
if [ -c /dev/full ]; then
    got=0
    "$PHOTON_EMU" image inspect app.bin >/dev/full 2>err || got=$?
    [ "$got" -eq 4 ] || wrong "status $got with a full disk"
fi

# --- with an installed set
refused 2 '--board' image inspect app.bin --board photon
refused 2 'no-such-set' image inspect app.bin --set no-such-set
if [ -f "$sets/0.5.2/bootloader.bin" ] && [ -f "$sets/1.5.0/bootloader.bin" ]; then
    refused 2 "--board 'moon'" image inspect app.bin --set "$sets/0.5.2" --board moon
    ok inspect app.bin --set "$sets/0.5.2"
    says 'needs system part 2 version 108; version 17 is installed. The system skips it (safe mode).' \
        'Flash system 0.6.2 or newer, or build the app for 0.5.2.' 'as an update' 'there the system skips it'
    ok inspect app.bin --set "$sets/1.5.0"
    says 'The system runs it'
    ok inspect --json crc.bin --set "$sets/1.5.0"
    json reason '"wrong-crc"'
    json user_runs false
    json outcome '"refused"'
    ok inspect --json "$sets/0.5.2/system-part2.bin"
    json offset $((0x28500))
    json version 7
    ok extract "$sets/0.5.2/system-part2.bin" -o bootloader.bin
    cmp -s bootloader.bin "$sets/0.5.2/bootloader.bin" || wrong "the bootloader inside part 2 is another one"
    if [ -f "$sets/1.5.0/extra/core_tinker.bin" ]; then
        ok inspect "$sets/1.5.0/extra/core_tinker.bin" --set "$sets/1.5.0"
        says 'Core firmware' 'nowhere on a Photon' 'always tinker' 'would be refused'
    fi
    [ ! -f "$sets/1.5.0-p1/user.bin" ] || {
        ok inspect "$sets/1.5.0-p1/user.bin" --set "$sets/1.5.0-p1"
        says 'The system runs it'
        ok inspect app.bin --set "$sets/1.5.0-p1"
        says 'is for the Photon (platform 6), and this board is the P1'
    }
fi
finish
