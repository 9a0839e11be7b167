#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs: conditions, stages, time-outs, scheduled inputs, outputs, pacing.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
needs_set 1.5.0
export PHOTON_EMU_SETS=$sets

boot=(run --set 1.5.0 --only bootloader --no-device)

# A condition, and the story.
ends 0 "${boot[@]}" --until 'led=blinking yellow'
grep -q 'blinking yellow' out || wrong "the story does not tell the LED"
grep -q 'the condition came about' out || wrong "the story has no end"
ends 0 "${boot[@]}" --until 'led=blinking yellow' --quiet
{ [ ! -s out ] && [ ! -s err ]; } || wrong "--quiet is not quiet"

# Not in time; the time-out is --for.
ends 1 "${boot[@]}" --until 'led=solid cyan' --for 300ms --quiet
grep -q "'led=solid cyan' did not come about by 0.300 s" err || wrong "time-out: $(cat err)"
# No condition: time over is success.
ends 0 "${boot[@]}" --for 300ms --quiet

# Stages come in order.
ends 0 "${boot[@]}" --quiet --until 'led=blinking yellow' --then 'reset=pin' --press reset@500ms --for 1s
ends 1 "${boot[@]}" --quiet --until 'reset=pin' --then 'input.value=pressed' --press reset@500ms --for 1s
grep -q "'input.value=pressed' did not come about" err || wrong "the stage that is waited for is not named: $(cat err)"

# Events on the standard output alone; the story on the other stream.
ends 0 "${boot[@]}" --events - --for 50ms
head -n 1 out | grep -q '^{"kind":"schema","version":1,"board":"photon","set":"1.5.0","seed":1,"cpi":1.5}' ||
    wrong "schema line: $(head -n 1 out)"
grep -qv '^{' out && wrong "something else among the events"
sed -n 2p out | grep -q '"kind":"module"' || wrong "the first event is no module"
grep -q '"kind":"module".*"place":"bootloader"' out || wrong "the bootloader is not named"
grep -q '"kind":"power"' out || wrong "no power event"
tail -n 1 out | grep -q '"kind":"power"' || wrong "the last event is not power-off"
[ -s err ] || wrong "--events -: no story on the standard error stream"

# The same run gives the same events, whatever the pace.
ends 0 "${boot[@]}" --quiet --for 400ms --press reset@200ms --events one
ends 0 "${boot[@]}" --quiet --for 400ms --press reset@200ms --events two
ends 0 "${boot[@]}" --quiet --for 400ms --press reset@200ms --events three --realtime
cmp -s one two || wrong "two runs differ"
cmp -s one three || wrong "a run at real time differs"

# Pacing.
begin=$(date +%s%N)
ends 0 "${boot[@]}" --quiet --for 1s --realtime
took=$((($(date +%s%N) - begin) / 1000000))
[ $took -ge 990 ] || wrong "--realtime: one second took $took ms"
begin=$(date +%s%N)
ends 0 "${boot[@]}" --quiet --for 1s --speed 4
took=$((($(date +%s%N) - begin) / 1000000))
[ $took -ge 245 ] || wrong "--speed 4: one second took $took ms"

# Power cycles and inputs are events.
ends 0 "${boot[@]}" --quiet --for 1s --power-cycle 300ms --power-cycle 600ms --input D0=high@100ms --events log
[ "$(grep -c '"kind":"power"' log)" -eq 6 ] || wrong "$(grep -c '"kind":"power"' log) power events, not 6"
grep -q '"t":0.100[0-9]*,.*"kind":"input".*"name":"D0","value":"high"' log || wrong "the input is no event"

# Traces.
ends 0 "${boot[@]}" --quiet --for 5ms --trace mmio,exc
grep -qE 'mmio +(read|write) +RCC_[A-Z0-9]+ .*PC 0x0800[0-9A-F]{4}' out || wrong "no trace of RCC"
grep -qE 'exc +enter SysTick' out || wrong "no trace of SysTick"

# A reader that goes away is an error of writing, and no crash.
"$PHOTON_EMU" "${boot[@]}" --quiet --for 2s --trace mmio --events - 2>err | head -n 1 >/dev/null
got=${PIPESTATUS[0]}
[ "$got" -eq 4 ] || wrong "closed pipe: status $got: $(cat err)"

# Firmware that can never run again: status 3. A vector table without code behind it, and one that sleeps.
printf '\x00\x10\x00\x20\x01\x00\x00\x70' >jump.bin
ends 3 run --set none --load 0x08000000=jump.bin --quiet --for 10s
grep -q 'locked up' err || wrong "lock-up: $(cat err)"
# cpsid i; wfi; b .-2
printf '\x00\x10\x00\x20\x09\x00\x00\x08\x72\xb6\x30\xbf\xfd\xe7' >sleep.bin
ends 3 run --set none --load 0x08000000=sleep.bin --quiet --for 10s
grep -q 'asleep' err || wrong "sleep: $(cat err)"
# An empty flash.
ends 3 run --set none --quiet --for 10s
grep -q 'locked up' err || wrong "empty flash: $(cat err)"
finish
