#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# photon-emu device: every command on real devices, and what each refuses.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
needs_set 0.5.2 1.5.0
export PHOTON_EMU_SETS=$sets
user=$sets/1.5.0/user.bin

says() { # TEXT: what the last command printed has it
    grep -qF -- "$1" out || wrong "no '$1' in: $(head -n 30 out)"
}
gives() { # FIELD VALUE: of device a
    ends 0 device dct a get "$1"
    [ "$(cat out)" = "$2" ] || wrong "$1 is '$(cat out)', not '$2'"
}

# Help: 80 columns.
for command in '' new info dct slot keys write erase corrupt diff; do
    ends 0 device $command --help
    awk 'length > 80 { bad = 1 } END { exit bad }' out || wrong "the help of device $command is wider than 80 columns"
done

# new: as shipped, the same from the same seed, and never over a file.
ends 0 device new a --set 1.5.0 --seed 7
ends 0 device new b --set 1.5.0 --seed 7
ends 0 device new other --set 1.5.0
cmp -s a b || wrong "the same seed made two different devices"
cmp -s a other && wrong "a device without a seed is like another"
ends 0 run --quiet --for 1ms --set 1.5.0 --seed 7 --device by-run
ends 0 device new by-new --set 1.5.0 --seed 7
ends 0 device diff by-new by-run
cp a before
refused 2 'a cannot be made' device new a --set 1.5.0
refused 2 'a is there already' device new a --set 1.5.0 --with-keys
cmp -s a before || wrong "a device was replaced"
refused 4 'no-folder/a cannot be made' device new no-folder/a --set 1.5.0
refused 2 "--board 'electron'" device new x --board electron
refused 2 'no-such-set' device new x --set no-such-set
refused 2 '--seed' device new x --seed -1
refused 2 '--set may be given once only' device new x --set 1.5.0 --set 0.5.2
refused 2 '--load' device new x --set 1.5.0 --load "0x30000000=$user"
refused 2 'FILE' device new
refused 2 'FILE' device new x y
[ ! -e x ] || wrong "a refused command made a device"
ends 0 device new empty --set none --user "$user"
ends 0 device info empty
says 'user           0x080A0000  version 3 for the Photon'
says 'bootloader     0x08000000  erased'

# info
ends 0 device info a
says 'a: Particle Photon, made from image set 1.5.0'
says 'version 1502 (1.5.0) for the Photon, needs system'
says 'Settings (DCT): none'
awk 'length > 80 { bad = 1 } END { exit bad }' out || wrong "device info is wider than 80 columns"
ends 0 device info a --json
python3 - <<'EOF' || wrong "device info --json is not what it should be"
import json
d = json.load(open("out"))
assert d["board"] == "photon" and d["set"] == "1.5.0" and len(d["sectors"]) == 12
assert [m["place"] for m in d["modules"]] == ["bootloader", "system-part1", "system-part2", "user", "factory"]
assert all(m["crc_good"] for m in d["modules"]) and d["modules"][3]["outcome"] == "runs"
assert d["dct"]["current"] is None and d["dct"]["fields"] is None and d["backup_registers"] is None
EOF
refused 2 'no-file' device info no-file
refused 2 'is not a device file' device info "$user"
refused 2 'one FILE' device info
head -c 5000 a >short
refused 2 'short is cut short' device info short

# keys: made by the firmware itself
refused 2 'not there' device keys no-file
ends 0 device keys a
says 'made its keys'
ends 0 device dct a get private-key --raw
[ "$(head -c 2 out | od -An -tx1 | tr -d ' ')" = 3082 ] || wrong "the private key is no DER"
refused 2 'has keys already' device keys a
ends 0 device info a
says 'RSA-1024'
says 'copy 2 is in use'
refused 1 'made no keys' device keys empty

# dct: set and get, with the CRC; the firmware takes it
refused 2 'has no settings yet' device dct b get
ends 0 device dct a set claim-code abc server-address 192.168.76.2 server-port 5684 wifi 'ssid=home,psk=secretpass'
gives claim-code abc
gives server-address 192.168.76.2
gives server_port 5684
gives wifi 'ssid=home,psk=secretpass,security=wpa2'
ends 0 device info a
says 'sequence number 6, CRC good'
says '"home", wpa2 with a key of 10 bytes'
grep -qF secretpass out && wrong "device info shows a pass phrase"
ends 0 run --quiet --device a --wifi ssid=home,psk=secretpass --until 'wifi.op=joined' --for 10s
gives claim-code abc
printf '\x30\x03\x02\x01\x05' >key.der
ends 0 device dct a set server-key @key.der
gives server-key 3003020105
ends 0 device dct a get server-key --json
says '"3003020105"'
ends 0 device dct a get --json
python3 -c 'import json; d = json.load(open("out")); assert d["server-port"] == 5684 and d["claim-code"] == "abc"' ||
    wrong "device dct get --json: $(head -n 5 out)"
ends 0 device dct a set claim-code none wifi ssid=home,off
gives claim-code none
gives wifi none
cp a before
refused 2 "'frob'" device dct a set frob 1
refused 2 'factory-reset cannot be' device dct a set factory-reset maybe
refused 2 'claim-code has room for 63' device dct a set claim-code "$(printf '%070d' 0)"
refused 2 'no network "away" is stored' device dct a set claim-code x wifi ssid=away,off
refused 2 'FIELD and a VALUE' device dct a set claim-code
refused 2 'FIELD and a VALUE' device dct a set
refused 2 'missing.der' device dct a set server-key @missing.der
refused 2 'get, set or fields' device dct a
refused 2 'get, set or fields' device dct a frob
refused 2 '--raw' device dct a get --raw
refused 2 '--json' device dct a set claim-code x --json
cmp -s a before || wrong "a refused change changed the device"
ends 0 device dct a fields
says 'factory-reset'

# A device from which the power was taken: its flags are elsewhere, and that is said.
ends 0 device dct a set factory-reset requested
grep -q 'backup registers' err || wrong "no note about flags in backup registers"
ends 0 device new old --set 0.5.2 --seed 7
ends 0 device dct old set factory-reset requested
[ ! -s err ] || wrong "a note about flags that count: $(cat err)"
ends 0 device info old
says 'factory-reset       requested (0xAAAA)'

# slot
ends 0 device slot a
says 'no update is pending'
ends 0 device slot a set "$sets/1.5.0/extra/photon_doctor.bin"
says 'slot 1: user part, version 4'
ends 0 device slot a
says 'passes'
ends 0 device slot a --json
python3 -c 'import json; s = json.load(open("out"))[1]; assert s["state"] == "pending" and s["taken"]' ||
    wrong "device slot --json: $(head -n 20 out)"
cp a pending
ends 0 run --quiet --device pending --until 'backup.register=DR1 and backup.value=5' --for 10s
ends 0 device info pending --json
python3 -c 'import json; assert json.load(open("out"))["modules"][3]["version"] == 4' || wrong "the update was not put in place"
ends 0 device slot a set "$sets/1.5.0/system-part1.bin" 3
says 'the factory image is gone'
ends 0 device slot a clear 3
ends 0 device slot a clear
ends 0 device slot a
says 'no update is pending'
cp a before
refused 2 'no module' device slot a set "$sets/1.5.0/extra/core_tinker.bin"
refused 2 "'5' is no slot" device slot a set "$user" 5
refused 2 "'0' is no slot" device slot a clear 0
refused 2 'does not fit' device slot a set "$user" --at 0x080FFFF0
refused 2 'does not fit' device slot a set "$user" --at 0x080A0000
refused 2 'missing.bin' device slot a set missing.bin
refused 2 '--help' device slot a frob
refused 2 '--at' device slot a --at 0x080C0000
cmp -s a before || wrong "a refused slot changed the device"

# write, erase, corrupt
ends 0 device corrupt a 0x080A0100 3
says 'user: CRC wrong, was CRC good'
ends 0 device info a
says 'The system skips it (safe mode)'
ends 0 device corrupt a 0xA0100 3
says 'user: CRC good, was CRC wrong'
ends 0 device diff a before
ends 0 device erase a user dct
says 'user: erased, was CRC good'
says 'settings (DCT): none'
ends 0 device write a 0x080A0000 "$user" --erase
says 'user: CRC good, was erased'
ends 0 device info a --json
python3 -c 'import json; assert json.load(open("out"))["sectors"][9]["erases"] == 2' || wrong "erases are not counted"
printf ':020000040800F2\n:0400000001020304F2\n:00000001FF\n' >small.hex
ends 0 device write a small.hex
says 'wrote 4 bytes at 0x08000000'
says 'bootloader: no module, was CRC good'
cp a before
refused 2 "'0x20000000' is no address" device write a 0x20000000 "$user"
refused 2 'does not fit' device write a 0x080FFFF0 "$user" --erase
refused 2 'missing.bin' device write a 0x080A0000 missing.bin
refused 2 "'12' is no sector" device erase a 12
refused 2 "'8' is no bit" device corrupt a 0x080A0000 8
refused 2 "'here' is no address" device corrupt a here 0
refused 2 'SECTOR' device erase a
refused 2 'BIT' device corrupt a 0x080A0000
cmp -s a before || wrong "a refused change changed the device"

# diff
ends 0 device diff b b
[ ! -s out ] || wrong "a device differs from itself: $(head -n 3 out)"
ends 1 device diff a b
says 'Modules'
says 'sector 9'
says '0x08000000, '
awk 'length > 80 { bad = 1 } END { exit bad }' out || wrong "device diff is wider than 80 columns"
refused 2 'no-file' device diff a no-file
refused 2 'two FILEs' device diff a

# In use: nothing is changed then, but it can be looked at.
cp b running
"$PHOTON_EMU" run --quiet --realtime --device running --events log >/dev/null 2>&1 &
first=$!
for _ in $(seq 100); do
    grep -q '"kind":"reset"' log 2>/dev/null && break
    sleep 0.1
done
refused 2 'in use' device erase running user
refused 2 'in use' device dct running set claim-code x
ends 0 device info running
kill -INT $first
wait $first

# No space: everything is as it was.
cp b before
(
    ulimit -f 600
    timeout -k 2 60 "$PHOTON_EMU" device erase b user >out 2>err
    echo $? >status
)
[ "$(cat status)" -eq 4 ] || wrong "no space: status $(cat status)"
cmp -s b before || wrong "no space: the device changed"

refused 2 'no command' device
refused 2 "'frob' is no command" device frob
finish
