#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What runs say at their end, at length and in short, and photon-emu device explain.
. "$(dirname "$0")/lib.sh"
needs_set 0.5.2 1.5.0

doctor=$sets/1.5.0/extra/photon_doctor.bin
app=(--set 0.5.2 --user "$doctor" --for 2s)
export PHOTON_EMU_SETS=$sets
joined() { tr '\n' ' ' <"$1" | tr -s ' '; } # FILE: as one line, so that a sentence is found wherever it was broken
says() { joined out | grep -qF -- "$1" || wrong "it does not say '$1': $(cat out)"; }

needs="The user module at 0x080A0000 has a good CRC but needs system part 2 version 108; version 17 is installed. The system skipped it (safe mode)."
cure="cure Flash system 0.6.2 or newer, or build the app for 0.5.2."

# at the end of every run with a story: two to six lines
ends 0 run "${app[@]}"
says "What happened"
says "$needs"
says "$cure"
lines=$(sed '1,/^What happened$/d' out | wc -l)
[ "$lines" -ge 2 ] && [ "$lines" -le 6 ] || wrong "the short form has $lines lines: $(cat out)"
awk 'length > 80 {exit 1}' out || wrong "a line is longer than 80 columns: $(cat out)"

# not without a story, unless asked for
ends 0 run "${app[@]}" --quiet
[ ! -s out ] || wrong "--quiet printed: $(cat out)"
ends 0 run "${app[@]}" --quiet --explain
says "What happened, and why"
says "0.000 s The device was switched on."
says "$needs"
says "$cure"
awk 'length > 80 {exit 1}' out || wrong "a line is longer than 80 columns: $(cat out)"

# with the events on the standard output it goes where the story goes; and it changes no event
ends 0 run "${app[@]}" --events -
grep -q '^What happened' out && wrong "the explanation is among the events"
grep -q '^What happened' err || wrong "there is no explanation on the standard error stream"
mv out told.jsonl
ends 0 run "${app[@]}" --quiet --events -
cmp -s told.jsonl out || wrong "the events differ with and without an explanation"

# an app that runs, one that crashes the system's way, and a device that cannot start
ends 0 run --set 0.5.2 --for 2s
says "The system started the user module at 0x080A0000 (version 2)."
ends 0 run --set 1.5.0 --system-part1 none --factory none --for 1s --explain
says "The bootloader went into DFU mode (blinking yellow) because it found nothing to start. System part 1 is missing"
says "cure Flash system part 1 to 0x08020000 over USB (DFU)."
ends 3 run --set 1.5.0 --system-part1 "$sets/0.5.2/system-part1.bin" --for 2s --explain
says "the processor locked up"
says "System part 2 at 0x08060000 has a good CRC but needs system part 1 version 1502; version 17 is installed."

# without running it
ends 0 device new d --set 0.5.2 --user "$doctor"
ends 0 device explain d
says "What will happen"
says "needs system part 2 version 108; version 17 is installed."
says "Flash system 0.6.2 or newer, or build the app for 0.5.2."
ends 0 device explain d --hold 8s
says "The bootloader copies the factory image from 0x080E0000 to 0x080A0000."
refused 2 "--hold 'soon' is not understood" device explain d --hold soon
refused 2 "needs one FILE" device explain
refused 2 "missing" device explain missing

finish
