#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Device files from outside: made once, loaded, locked, refused, never half written.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
needs_set 1.5.0 2.3.1
export PHOTON_EMU_SETS=$sets

run=(run --quiet --for 20ms)

# Made as shipped; the same seed makes the same device, and chance another.
ends 0 "${run[@]}" --set 1.5.0 --device a --seed 7
ends 0 "${run[@]}" --set 1.5.0 --device b --seed 7
cmp -s a b || wrong "the same seed made two different devices"
ends 0 "${run[@]}" --set 1.5.0 --device c
cmp -s a c && wrong "a device without a seed is like another"
[ "$(stat -c %a a)" = 600 ] || wrong "others can read a device file, which may hold a private key"

# Once it is there, no set is needed, and another is refused.
ends 0 "${run[@]}" --device a
ends 0 "${run[@]}" --set 1.5.0 --device a
cp a before
refused 2 'was made from set 1.5.0' "${run[@]}" --set 2.3.1 --device a
refused 2 '--only' "${run[@]}" --only bootloader --device a
refused 2 'is a device of board photon, not p1' "${run[@]}" --board p1 --device a
cmp -s a before || wrong "a refused run changed the device file"

# An image named by itself is programmed over it.
ends 0 "${run[@]}" --device a --user none --events log
grep -q '"kind":"module".*"place":"user"' log && wrong "--user none left a user module"
ends 0 "${run[@]}" --device a --events log
grep -q '"kind":"module".*"place":"user"' log && wrong "the change was not kept"
ends 0 "${run[@]}" --device a --user "$sets/1.5.0/user.bin" --events log
grep -q '"kind":"module".*"place":"user"' log || wrong "--user FILE installed nothing"

# In use: a second user gets status 2.
"$PHOTON_EMU" run --quiet --realtime --device a --events running >/dev/null 2>&1 &
first=$!
for _ in $(seq 100); do
    grep -q '"kind":"reset"' running 2>/dev/null && break
    sleep 0.1
done
refused 2 'in use' "${run[@]}" --device a
# Interrupted: like power-off, and the device file is written.
cp a before
kill -INT $first
wait $first
got=$?
[ $got -eq 0 ] || wrong "an interrupted run ended with $got"
tail -n 1 running | grep -q '"kind":"power"' || wrong "an interrupted run did not end with power-off"
ends 0 "${run[@]}" --device a

# Killed: the file is as it was before the run.
cp a before
"$PHOTON_EMU" run --quiet --realtime --device a --events running >/dev/null 2>&1 &
first=$!
for _ in $(seq 100); do
    grep -q '"kind":"reset"' running 2>/dev/null && break
    sleep 0.1
done
kill -KILL $first
wait $first 2>/dev/null
cmp -s a before || wrong "a killed run changed the device file"
ends 0 "${run[@]}" --device a

# Not usable.
head -c 500000 a >short
refused 2 'short is cut short' "${run[@]}" --device short
{
    head -c 8 a
    printf '\x63\0\0\0'
    tail -c +13 a
} >newer
refused 2 'another version of photon-emu' "${run[@]}" --device newer
cp a damaged
printf 'X' | dd of=damaged bs=1 seek=600000 conv=notrunc 2>/dev/null
refused 2 'damaged is damaged' "${run[@]}" --device damaged
echo text >text
refused 2 'text is not a device file' "${run[@]}" --device text
mkdir folder
refused 2 'folder is not a regular file' "${run[@]}" --device folder
refused 4 'no-folder/d cannot be made' "${run[@]}" --set 1.5.0 --device no-folder/d
refused 2 'overwrite' "${run[@]}" --device a --events a
ends 0 "${run[@]}" --device a

# No space: the device file stays as it was, and nothing else is left.
cp a before
ls >files-before
(
    ulimit -f 600 # blocks of 1024 bytes
    timeout -k 2 60 "$PHOTON_EMU" "${run[@]}" --device a 2>err
    echo $? >status
)
[ "$(cat status)" -eq 4 ] || wrong "no space: status $(cat status)"
grep -q 'is as it was' err || wrong "no space: $(cat err)"
cmp -s a before || wrong "no space: the device file changed"
(
    ulimit -f 600
    timeout -k 2 60 "$PHOTON_EMU" "${run[@]}" --set 1.5.0 --device new 2>err
    echo $? >status
)
[ "$(cat status)" -eq 4 ] || wrong "no space for a new device: status $(cat status)"
[ ! -e new ] || wrong "no space: half a device was left"
rm -f status
ls >files-after
[ "$(diff files-before files-after | grep -cE '^[<>] .*\.[A-Za-z0-9]{6}$')" -eq 0 ] || wrong "a temporary file was left"
finish
