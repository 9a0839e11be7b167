#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The same session with photon-emu and with QEMU, and what each of them can do, side by side. session.sh ELF
set -uo pipefail
: "${PHOTON_EMU:?is the program to test}" "${SOURCE_DIR:?is the source tree}"
elf=${1-}
here=$SOURCE_DIR/tests/gdb
work=$(mktemp -d)
pids=()
cleanup() {
    [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT

skip() {
    echo "session # SKIP $*"
    exit 77
}

command -v gdb-multiarch >/dev/null || skip "gdb-multiarch is not installed"
gdb-multiarch -nx -batch -ex 'python print(1)' >/dev/null 2>&1 || skip "this gdb-multiarch has no Python"
[ -n "$elf" ] || skip "there is no arm-none-eabi-gcc to build the firmware with"

# debug KIND PORT: one session; its checks are left in KIND.results.
debug() {
    timeout -k 5 240 gdb-multiarch -nx -batch -ex "py port, kind, results = $2, '$1', '$work/$1.results'" \
        -x "$here/session.py" "$elf" >"$work/$1.log" 2>&1 </dev/null
}

"$PHOTON_EMU" run --set none --load "$elf" --gdb 0 --gdb-wait --for 1000s >"$work/emulator.log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do
    port=$(sed -n 's/.*extended-remote :\([0-9]*\).*/\1/p' "$work/emulator.log")
    [ -n "$port" ] && break
    sleep 0.1
done
[ -n "$port" ] || { cat "$work/emulator.log"; echo "photon-emu does not listen"; exit 1; }
debug photon-emu "$port"

if command -v qemu-system-arm >/dev/null; then
    qemu_port=$((20000 + $$ % 20000))
    qemu-system-arm -M netduino2 -nographic -monitor none -serial none -semihosting-config enable=on,target=native \
        -kernel "$elf" -S -gdb "tcp:127.0.0.1:$qemu_port" >"$work/qemu.log" 2>&1 </dev/null &
    pids+=($!)
    sleep 0.5
    debug qemu "$qemu_port"
else
    : >"$work/qemu.results"
fi

# The matrix. QEMU's column is for comparison; only ours decides.
printf '%-34s %-12s %s\n' check photon-emu qemu
while read -r outcome name; do
    name=${name%%:*}
    qemu=$(sed -n "s/^\(ok\|FAILED\) $name\(:.*\)\{0,1\}$/\1/p" "$work/qemu.results" | head -n 1)
    printf '%-34s %-12s %s\n' "$name" "$outcome" "${qemu:--}"
done <"$work/photon-emu.results"
failures=$(grep -c '^FAILED' "$work/photon-emu.results")
passed=$(grep -c '^ok' "$work/photon-emu.results")
grep '^FAILED' "$work/photon-emu.results"
if [ "$failures" -gt 0 ] || [ "$passed" -eq 0 ]; then
    tail -n 40 "$work/photon-emu.log"
    exit 1
fi
# The last check kills it, which in extended mode leaves it to be run again; that GDB has left ends it.
for _ in $(seq 50); do
    kill -0 "${pids[0]}" 2>/dev/null || exit 0
    sleep 0.1
done
echo "photon-emu did not end when it was killed and left"
exit 1
