#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The options of the GDB server; what it does is for tests/gdb.
. "$SOURCE_DIR/tests/cli/lib.sh"

refused 2 "--gdb-wait needs a place to wait at" run --gdb-wait
refused 2 "--gdb may be given once only" run --gdb 1 --gdb 2
refused 2 "--gdb: cannot listen at x: it is no PORT or HOST:PORT" run --set none --gdb x --for 1ms
refused 2 "--gdb: cannot listen at 70000" run --set none --gdb 70000 --for 1ms
refused 2 "--gdb: cannot listen at 192.0.2.1:1" run --set none --gdb 192.0.2.1:1 --for 1ms

# A stack pointer, a reset vector, and an endless loop there.
printf '\0\0\001\040\011\0\0\010\376\347' >loop.bin
program=(--set none --load 0x08000000=loop.bin)

# Nobody comes: the run is what it would be without.
ends 0 run "${program[@]}" --gdb 0 --for 10ms
grep -q '^GDB: target extended-remote :[0-9]*$' out || wrong "the port is not told: $(cat out)"

# It waits, for ever if nobody comes, and a signal ends that.
timeout -s TERM 1 "$PHOTON_EMU" run "${program[@]}" --gdb 0 --gdb-wait --for 10ms >out 2>err
grep -q 'waiting for it$' out || wrong "it does not say that it waits: $(cat out)"
finish
