#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Particle's own client of listening mode, the npm package softap-setup (a part of particle-cli), sets up a new device from end
# to end with a WPA2 network; the device joins it. Over TCP, and over HTTP.
# shellcheck source=tests/network/network.sh
. "$SOURCE_DIR/tests/network/network.sh"
needs_set 1.5.0
for tool in npm node; do
    command -v $tool >/dev/null || skip "$tool is not installed"
done
timeout 120 npm install --no-audit --no-fund --prefix "$work/npm" softap-setup@4.1.0 >npm.log 2>&1 ||
    skip "npm cannot fetch softap-setup: $(grep -m 1 -i 'err' npm.log)"
export NODE_PATH=$work/npm/node_modules

for protocol in tcp http; do
    port=$(free_port)
    leads=$port
    [ $protocol = tcp ] || leads=$port=80
    background run --set 1.5.0 --device $protocol.device --wifi ssid=home,psk=secret12,channel=6,rssi=-50 \
        --wifi ssid=other,channel=1,rssi=-70 --softap "$leads" --events log \
        --until 'wifi=joined' --then 'network.interface=station and network.op=lease' --then 'led=blinking cyan' --for 900s
    wait_for '"op":"lease","interface":"access-point"' log
    timeout 120 node "$SOURCE_DIR/tests/network/provision.js" "$port" $protocol home wpa2_aes secret12 6 >steps 2>&1 ||
        wrong "$protocol: $(cat steps)"
    grep -qE '^id [0-9a-f]{24} claimed false$' steps || wrong "$protocol: no id: $(cat steps)"
    grep -q '^scan home channel 6 rssi -50 security wpa2_aes$' steps || wrong "$protocol: scan: $(cat steps)"
    grep -qE '^scan other channel 1 rssi -70 security (open|none)$' steps || wrong "$protocol: scan: $(cat steps)"
    grep -q '^connect$' steps || wrong "$protocol: not connected: $(cat steps)"
    ended 0
    grep -q '"op":"joined","ssid":"home".*"security":"wpa2"' log || wrong "$protocol: home was not joined"
done

# Provisioned, it looks for its cloud: a program on this machine, and a name that leads there. The firmware wants this very port.
node "$SOURCE_DIR/tests/network/first-words.js" 5683 >cloud &
cloud=$!
for ((i = 0; i < 50; i++)); do
    [ -s cloud ] || sleep 0.1
done
if grep -q listening cloud; then
    background run --device tcp.device --quiet --wifi ssid=home,psk=secret12,channel=6 \
        --net user,host=device.spark.io:127.0.0.1 --allow localhost:5683 --for 60s --events log
    wait_for '256 bytes' cloud
    kill "$emulator"
    ended 0
    wait "$cloud"
    grep -q '"op":"name","interface":"station","name":"device.spark.io","address":"10.0.2.2"' log || wrong "the cloud was not looked up"
else
    echo "# port 5683 is in use: nothing was tried there"
fi
finish
