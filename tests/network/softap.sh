#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A new device of each generation comes to listening mode and is set up by hand through its access point, with an open network:
# the set-up protocol at TCP 5609, HTTP at 80. It then joins, and finds no cloud.
# shellcheck source=tests/network/network.sh
. "$SOURCE_DIR/tests/network/network.sh"
needs_set 0.5.2 1.5.0 2.3.1

for set in 0.5.2 1.5.0 2.3.1; do
    port=$(free_port) http=$(free_port)
    background run --set $set --device $set.device --wifi ssid=cafe,channel=3,rssi=-60 --softap "$port" --softap "$http=80" \
        --pcap $set.pcapng --events log --until 'network.interface=station and network.op=lease' --then 'led=blinking cyan' --for 900s
    answer=$(softap "$port" device-id)
    grep -qE '^\{"id":"[0-9A-Fa-f]{24}","c":"0"\}$' <<<"$answer" || wrong "$set: device-id: '$answer'"
    id=${answer#*\"id\":\"}
    id=${id%%\"*}
    grep -q '"op":"lease","interface":"access-point","address":"192.168.0.' log || wrong "$set: the gateway has no address"
    answer=$(softap "$port" scan-ap)
    grep -q '"ssid":"cafe","rssi":-60,"sec":0,"ch":3' <<<"$answer" || wrong "$set: scan-ap: '$answer'"
    dial "$http"
    printf 'GET /device-id HTTP/1.1\r\nHost: 192.168.0.1\r\n\r\n' >&3
    answer=
    while IFS= read -r -t 30 line <&3; do # in chunks, a string a line
        answer+=$line$'\n'
        [[ $line != '}'* ]] || break
    done
    exec 3>&-
    grep -q '^HTTP/1.1 200 OK' <<<"$answer" || wrong "$set: HTTP: '$answer'"
    grep -qF "$id" <<<"$answer" || wrong "$set: HTTP device-id: '$answer'"
    answer=$(softap "$port" configure-ap '{"idx":0,"ssid":"cafe","sec":0,"ch":3}')
    [ "$answer" = '{"r":0}' ] || wrong "$set: configure-ap: '$answer'"
    answer=$(softap "$port" connect-ap '{"idx":0}')
    [ "$answer" = '{"r":0}' ] || wrong "$set: connect-ap: '$answer'"
    ended 0
    grep -q '"op":"lease","interface":"station","address":"10.0.2.15"' log || wrong "$set: no lease"
done

# What it learnt it keeps; the network comes and goes; one without DHCP, and none.
device=(run --device 1.5.0.device --quiet)
ends 0 "${device[@]}" --wifi ssid=cafe,channel=3 --for 40s --until 'led=blinking green' --then 'network=lease' --then 'led=blinking cyan'
ends 0 "${device[@]}" --wifi ssid=cafe,channel=3 --for 40s --input 'wifi=ssid=cafe,off@4s' --input 'wifi=ssid=cafe,channel=9@8s' \
    --until 'wifi=joined' --then 'wifi=link-lost' --then 'wifi=joined' --then 'network=lease'
ends 1 "${device[@]}" --wifi ssid=cafe,dhcp=off --for 12s --until 'network=lease' --events log
grep -q '"op":"joined"' log || wrong "a network without DHCP was not joined"
ends 1 "${device[@]}" --wifi ssid=elsewhere --for 12s --until 'wifi=joined'
ends 0 "${device[@]}" --wifi ssid=cafe,dns=wrong --for 20s --until 'network.op=name and network.address=192.0.2.1'

# The same run gives the same events, whether its frames are written down or not.
cp 1.5.0.device other.device
ends 0 run --device 1.5.0.device --quiet --wifi ssid=cafe,loss=5%,latency=20ms --for 15s --events one
cp other.device 1.5.0.device
ends 0 run --device 1.5.0.device --quiet --wifi ssid=cafe,loss=5%,latency=20ms --for 15s --events two --pcap bad.pcapng
cmp -s one two || wrong "two runs differ"

# Captures, read by another program.
if command -v tshark >/dev/null; then
    packets() { tshark -r "$1" -Y "$2" -T fields -e frame.interface_name -e ip.src -e ip.dst 2>/dev/null; }
    for set in 0.5.2 1.5.0 2.3.1; do
        packets $set.pcapng 'dhcp.option.dhcp == 5' | sort -u >acks
        grep -q "^access-point	192.168.0.1" acks || wrong "$set: no lease of the access point in its capture: $(cat acks)"
        grep -q "^station	10.0.2.2" acks || wrong "$set: no lease of the station in its capture: $(cat acks)"
        malformed=$(packets $set.pcapng '_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0')
        [ -z "$malformed" ] || wrong "$set: malformed packets: $malformed"
        packets $set.pcapng 'tcp.port == 5609 && tcp.flags.syn == 1 && tcp.flags.ack == 1' | grep -q . || wrong "$set: no TCP in its capture"
    done
fi
finish
