#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Files that cannot be used: one sentence, status 2, and nothing overwritten.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
needs_set 1.5.0

b=$sets/1.5.0/bootloader.bin
u=$sets/1.5.0/user.bin
run=(run --set "$sets/1.5.0" --for 1ms --quiet)

refused 2 'no-such-set' run --set no-such-set
mkdir empty
refused 2 'bootloader.bin' run --set empty
refused 2 'missing.bin' "${run[@]}" --user missing.bin
refused 2 'empty' "${run[@]}" --user empty
: >nothing.bin
refused 2 'nothing.bin' "${run[@]}" --user nothing.bin
head -c 3000 "$u" >short.bin
refused 2 'short.bin' "${run[@]}" --user short.bin
head -c 10 "$u" >tiny.bin
refused 2 'tiny.bin' "${run[@]}" --user tiny.bin
{
    cat "$u"
    head -c 200000 /dev/zero
} >long.bin
refused 2 'long.bin' "${run[@]}" --user long.bin
truncate -s 3G huge.bin
refused 2 'huge.bin' "${run[@]}" --user huge.bin
head -c 5000 /dev/urandom >noise.bin
refused 2 'noise.bin' "${run[@]}" --user noise.bin
refused 2 'bootloader' "${run[@]}" --user "$b"
refused 2 'user' "${run[@]}" --bootloader "$u"
for other in extra/core_tinker.bin extra/electron_tinker.bin; do
    [ -f "$sets/1.5.0/$other" ] && refused 2 "$other" "${run[@]}" --user "$sets/1.5.0/$other"
done
refused 2 'P1' "${run[@]}" --board p1 --user "$u"

# --load
refused 2 '--load' "${run[@]}" --load 0x080C0000
refused 2 '--load' "${run[@]}" --load 0x080C0000=missing.bin
refused 2 '--load' "${run[@]}" --load nonsense="$u"
refused 2 '--load' "${run[@]}" --load 0x60000000="$u"
refused 2 '--load' "${run[@]}" --load 0x080FFFF0="$u"
refused 2 '--load' "${run[@]}" --load 0x08000100="$u"
refused 2 '--load' "${run[@]}" --load 0x080C0000="$u" --load 0x080C0100="$u"
printf ':10000000nonsense\n' >bad.hex
refused 2 'bad.hex' "${run[@]}" --load bad.hex
printf '\177ELF\001\001\001' >bad.elf
refused 2 'bad.elf' "${run[@]}" --load bad.elf

# --events
refused 2 'no-such-folder' "${run[@]}" --events no-such-folder/log
refused 2 'empty' "${run[@]}" --events empty
cp "$u" app.bin
refused 2 'overwrite' "${run[@]}" --user app.bin --events app.bin
cmp -s "$u" app.bin || wrong "an image was overwritten by --events"

# A full disk: the log cannot be written.
if [ -c /dev/full ]; then
    refused 4 '/dev/full' run --set "$sets/1.5.0" --for 50ms --quiet --events /dev/full
fi
finish
