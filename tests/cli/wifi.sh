#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The options of the radio and of the host's side of it: what is refused, and what is left behind. tests/network has devices join.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
needs_set 1.5.0
export PHOTON_EMU_SETS=$sets
boot=(run --set 1.5.0 --only bootloader --no-device --quiet)
printf 'precious' >file

# ---- networks ----

for network in '' home ssid ssid= ssid=home,channel=0 ssid=home,channel=15 ssid=home,rssi=x ssid=home,psk=short ssid=home,more=1 \
    ssid=123456789012345678901234567890123 ssid=home,off; do
    refused 2 '--wifi' "${boot[@]}" --for 1ms --wifi "$network"
done
refused 2 '--wifi absent and --wifi ssid=home cannot both be given' "${boot[@]}" --wifi ssid=home --wifi absent
refused 2 '--input' "${boot[@]}" --for 1ms --input 'wifi=ssid=home,off@1ms'
refused 2 '--input' "${boot[@]}" --for 1ms --wifi absent --input 'wifi=ssid=home@1ms'
ends 0 "${boot[@]}" --for 5ms --events log --wifi ssid=home,psk=secret12 --input 'wifi=ssid=home,off@2ms' --input 'wifi=ssid=a@b@3ms'
grep -q '"name":"wifi","value":"ssid=home,psk=\*\*\*"' log || wrong "--wifi is no input event: $(grep wifi log)"
grep -q '"name":"wifi","value":"ssid=home,off"' log || wrong "the network did not go: $(grep wifi log)"
grep -q '"name":"wifi","value":"ssid=a@b"' log || wrong "an @ in a name: $(grep wifi log)"
grep -q secret12 log && wrong "the key is in the log"
ends 0 "${boot[@]}" --for 5ms --wifi absent

# ---- the host's side ----

refused 2 "--net 'tap' is not understood" "${boot[@]}" --net tap
refused 2 "--net 'user,host=a' is not understood" "${boot[@]}" --net user,host=a
refused 2 "--allow 'localhost' is not understood" "${boot[@]}" --net user --allow localhost
refused 2 '--allow needs --net user as well' "${boot[@]}" --allow localhost:80
refused 2 '--forward needs --net user as well' "${boot[@]}" --forward 8080=80
refused 2 "--forward '80' is not understood" "${boot[@]}" --net user --forward 80
refused 2 "--softap '0' is not understood" "${boot[@]}" --softap 0
refused 2 '--softap-socket needs' "${boot[@]}" --softap-socket ''
refused 2 '--softap-socket may be given once only' "${boot[@]}" --softap-socket a --softap-socket b
refused 2 '--pcap needs' "${boot[@]}" --pcap ''
refused 2 '--trace' "${boot[@]}" --trace radio
refused 2 'no-such-host.invalid' "${boot[@]}" --net user --allow no-such-host.invalid:80
refused 2 'only 127.0.0.1' "${boot[@]}" --net user --allow 127.0.0.2:80
refused 2 '--forward: port 80 of 192.0.2.1' "${boot[@]}" --net user --forward 192.0.2.1:80=80
refused 2 '--softap: port 80 of 192.0.2.1' "${boot[@]}" --softap 192.0.2.1:80
refused 2 '--pcap: /nonexistent/x' "${boot[@]}" --pcap /nonexistent/x
refused 2 '--softap-socket: file' "${boot[@]}" --softap-socket file
refused 2 '--softap-socket: /nonexistent/x' "${boot[@]}" --softap-socket /nonexistent/x
refused 2 '--pcap would overwrite file' "${boot[@]}" --load 0x08000000=file --pcap file
refused 2 '--pcap and --events cannot both be log' "${boot[@]}" --events log --pcap log
[ "$(cat file)" = precious ] || wrong "a file was overwritten"

# A second program cannot have the same port or socket; both are gone with the first one.
"$PHOTON_EMU" "${boot[@]}" --softap 127.0.0.1:45609 --softap-socket socket >/dev/null 2>first &
first=$!
for ((i = 0; i < 100; i++)); do
    [ -S socket ] || sleep 0.1
done
[ -S socket ] || wrong "there is no socket: $(cat first)"
refused 2 '--softap: port 45609 of 127.0.0.1 cannot be listened at' "${boot[@]}" --softap 45609
refused 2 '--softap-socket: socket' "${boot[@]}" --softap-socket socket
kill $first
wait $first || wrong "it did not end well: $(cat first)"
[ ! -e socket ] || wrong "the socket was left behind"

# A capture begins with its header, even if there was no frame.
ends 0 "${boot[@]}" --for 5ms --pcap frames.pcapng
[ "$(head -c 4 frames.pcapng | od -An -tx1 | tr -d ' ')" = 0a0d0d0a ] || wrong "no pcapng: $(od -An -tx1 frames.pcapng | head -n 1)"
ends 4 "${boot[@]}" --for 5ms --pcap /dev/full
grep -q -- '--pcap: /dev/full cannot be written' err || wrong "no room for a capture: $(cat err)"

# Traces: what goes over the SDIO bus, and what the radio makes of it.
ends 0 run --set 1.5.0 --no-device --quiet --for 8s --trace sdio,wlan
grep -qE '^ +[0-9.]+  sdio  CMD5  0x00000000 -> 0x' out || wrong "no CMD5 in the trace"
grep -qE 'sdio  CMD52 write F[01] 0x[0-9A-F]{5} <- 0x[0-9A-F]{2}$' out || wrong "no CMD52 in the trace"
grep -qE 'sdio  CMD53 write F1 0x[0-9A-F]{5}, [0-9]+ bytes$' out || wrong "no CMD53 in the trace"
grep -qE 'wlan  ioctl cmd=2 name=UP set=yes' out || wrong "no command in the trace"
grep -qE 'wlan  softap-up ssid=Photon-' out || wrong "no access point in the trace"
finish
