#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# photon-emu image inspect agrees with Particle's own `particle binary inspect` (npm package particle-cli) on every fetched image
# and on edited and broken ones. The package is installed once, under build/, without running scripts of it: 45 s.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
needs_set 0.5.2 1.5.0 2.3.1
for tool in npm node; do
    command -v $tool >/dev/null || skip "$tool is not installed"
done

install=$SOURCE_DIR/build/particle-cli-2.3.0
if [ ! -f "$install/complete" ]; then
    rm -rf "$install"
    mkdir -p "$install"
    # Some of what it wants can only be had from elsewhere than the registry: the same from there.
    cat >"$install/package.json" <<'END'
{
  "private": true,
  "dependencies": { "particle-cli": "2.3.0" },
  "overrides": {
    "request": "npm:request@2.88.2",
    "stream-http": "2.8.3",
    "form-data": "2.3.3",
    "binary-version-reader": "0.8.2"
  }
}
END
    (cd "$install" && timeout 240 npm install --ignore-scripts --no-audit --no-fund --prefer-offline --fetch-retries=1 \
        --loglevel=error >npm.log 2>&1) || skip "npm cannot install particle-cli: $(head -n 1 "$install/npm.log")"
    touch "$install/complete"
fi
export HOME=$work PARTICLE_DISABLE_UPDATE=1 NODE_PATH=$install/node_modules

# Of our own making: an app that needs two modules, another product, and what is broken.
u=$sets/1.5.0/user.bin
emu image edit "$u" -o two-needs.bin --dep system-part,2,1502 --dep2 bootloader,0,501 --version 65535 || wrong "edit"
emu image edit "$u" -o product.bin --product 4711,12 || wrong "edit"
for damage in crc sha body platform function start dependency; do
    emu image edit "$u" -o "broken-$damage.bin" --break $damage || wrong "edit --break $damage"
done
head -c 1000 /dev/urandom >raw
emu image make raw -o made.bin --version 7 --dep system-part,2,17 --product 5,6 || wrong "make"
emu image extract "$sets/0.5.2/system-part2.bin" -o inner.bin >/dev/null || wrong "extract"

# ota-flag-a5.bin is one byte, and Core images have their header where particle-cli looks for it, too.
mapfile -t files < <(find "$sets"/0.5.2 "$sets"/1.5.0 "$sets"/2.3.1 "$sets"/*-p1 -name '*.bin' -size +1 2>/dev/null | sort -u)
files+=(two-needs.bin product.bin broken-*.bin made.bin inner.bin)
emu image inspect --json "${files[@]}" >ours.json || wrong "inspect"
node "$SOURCE_DIR/tests/cli/particle-inspect.js" "${files[@]}" <ours.json >differences 2>&1 || wrong "$(cat differences)"
tail -n 1 differences

# The program as a whole says the same as the part of it that was called above.
"$install/node_modules/.bin/particle" binary inspect "$sets/1.5.0/system-part2.bin" >whole 2>/dev/null ||
    wrong "particle binary inspect does not run"
for line in 'CRC is ok (48958319)' 'Compiled for photon' 'number 2 at version 1502' 'number 1 at version 1502' \
    'bootloader number 0 at version 400'; do
    sed 's/\x1b\[[0-9;]*m//g' whole | grep -qF "$line" || wrong "particle binary inspect does not say '$line'"
done
finish
