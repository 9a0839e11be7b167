#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Help, version, and wrong options: one sentence each that names the option and what is allowed, and status 2.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

ends 0 --help
grep -q 'run ' out || wrong "--help does not list run"
# Every command, and every command of a command, has a help text; the options that they name are those of the man page.
: >helps
commands() { sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p' out; }
help_of() { # COMMAND...
    ends 0 "$@" --help
    awk 'length > 80 { bad = 1 } END { exit bad }' out || wrong "the help of $* is wider than 80 columns"
    cat out >>helps
}
for command in $(commands); do
    help_of "$command"
    for part in $(commands | sort -u); do
        help_of "$command" "$part"
    done
done
grep -oE -- '--[a-z][a-z0-9-]+' helps | sort -u >options
while read -r option; do
    grep -qF -- "${option//-/\\-}" "$SOURCE_DIR/docs/photon-emu.1" || wrong "the man page does not have $option"
done <options
grep -oE -- '\\-\\-[a-z][a-z0-9\\-]+' "$SOURCE_DIR/docs/photon-emu.1" | tr -d '\134' | sort -u | while read -r option; do
    grep -qxF -- "$option" options || [ "$option" = --version ] || echo "$option"
done >unknown
[ ! -s unknown ] || wrong "the man page has options that the help does not have: $(cat unknown)"
ends 0 --version
grep -q '^photon-emu [0-9]' out || wrong "--version has no version"
grep -q '^Unicorn engine [0-9]' out || wrong "--version has no engine"
grep -q 'version 2$' out || wrong "--version has no licence"
grep -q 'or (at your option) any later' out || wrong "--version does not name the licence of the sources"

refused 2 'no command'
refused 2 "'walk'" walk
refused 2 '--frob' run --frob
refused 2 "'extra'" run extra
refused 2 '--set' run --set
for option in set only device board for until seed cpi speed events; do
    case $option in
    set | device | events) value=x ;;
    only) value=user ;;
    board) value=photon ;;
    for) value=1s ;;
    until) value=reset ;;
    *) value=1 ;;
    esac
    refused 2 "--$option may be given once only" run --$option $value --$option $value
done
refused 2 "--board 'electron' is not known: it must be one of photon, p1" run --board electron
refused 2 "--only 'kernel'" run --only kernel
refused 2 '--only leaves out' run --only bootloader --user app.bin
refused 2 '--device and --no-device' run --device d --no-device
refused 2 '--realtime' run --realtime --speed 2
for time in '' 3 -3s 3sec soon 0s 999999h; do
    refused 2 '--for' run --for "$time"
    refused 2 '250ms' run --for "$time"
done
for cpi in '' 0 0.01 101 -1 1,5 two 1.5x; do
    refused 2 "--cpi '$cpi' is not understood: it must be a decimal number from 0.1 to 100" run --cpi "$cpi"
done
for speed in 0 -1 1000 fast; do
    refused 2 "--speed '$speed'" run --speed $speed
done
for seed in '' -1 1.5 18446744073709551616 x; do
    refused 2 "--seed '$seed'" run --seed "$seed"
done
refused 2 '--strict or --strict=stored' run --strict=all
for trace in '' all mmio,cpu mmio,,exc; do
    refused 2 'mmio, exc, flash, sdio, wlan and usb' run --trace "$trace"
done
for hold in setup setup@1s led@0s..1s setup@2s..1s; do
    refused 2 "--hold '$hold'" run --hold $hold
done
refused 2 "--press 'setup'" run --press setup
refused 2 "--power-cycle '0s'" run --power-cycle 0s
refused 2 "--input 'D0=high'" run --input D0=high
refused 2 '--then' run --then reset
for condition in '' nonsense 'led.nonsense=x' 'led=' 'reset and' 'or reset' 'flash.sector>many'; do
    refused 2 '--until' run --until "$condition"
done
refused 2 '--then' run --until reset --then nonsense

# The board is asked before the run.
mkdir empty
refused 2 '"D9"' run --set empty --input D9=high@1s
refused 2 'low, high' run --set empty --input D0=maybe@1s
refused 2 'mV' run --set empty --input A0=5V@1s

[ -z "$(find . -newer options -type f ! -name out ! -name err ! -name unknown)" ] || wrong "a refused run left files behind"
finish
