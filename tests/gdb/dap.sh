#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An IDE's view: cdt-gdb-adapter from npm drives a session. dap.sh ELF
# PHOTON_EMU_NPM_CACHE: a folder to keep the packages in between two runs.
set -uo pipefail
: "${PHOTON_EMU:?is the program to test}" "${SOURCE_DIR:?is the source tree}"
elf=${1-}
work=$(mktemp -d)
emulator=
cleanup() {
    [ -z "$emulator" ] || kill "$emulator" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT

skip() {
    echo "dap # SKIP $*"
    exit 77
}

[ -n "$elf" ] || skip "there is no arm-none-eabi-gcc to build the firmware with"
for program in gdb-multiarch node npm; do
    command -v "$program" >/dev/null || skip "$program is not installed"
done
packages=${PHOTON_EMU_NPM_CACHE:-$work}/dap
if [ ! -d "$packages/node_modules/cdt-gdb-adapter" ]; then
    mkdir -p "$packages"
    timeout 120 npm install --silent --no-audit --no-fund --prefix "$packages" cdt-gdb-adapter@1.7.0 \
        @vscode/debugadapter-testsupport@1.68.0 >"$work/npm" 2>&1 || skip "npm does not give the packages: $(tail -n 1 "$work/npm")"
fi

"$PHOTON_EMU" run --set none --load "$elf" --gdb 0 --gdb-wait --for 1000s >"$work/out" 2>&1 &
emulator=$!
port=
for _ in $(seq 100); do
    port=$(sed -n 's/.*extended-remote :\([0-9]*\).*/\1/p' "$work/out")
    [ -n "$port" ] && break
    sleep 0.1
done
timeout -k 5 100 node "$SOURCE_DIR/tests/gdb/dap.js" "$packages/node_modules" "${port:-0}" "$elf" "$SOURCE_DIR/tests/gdb/target.c"
