#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of this folder: source this. Talks to devices through ports of the host.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE_DIR/tests/cli/lib.sh"
export PHOTON_EMU_SETS=$sets
emulator=0
trap '[ "$emulator" -eq 0 ] || kill "$emulator" 2>/dev/null; rm -rf "$work"' EXIT

# A port of 127.0.0.1 that nobody listens at.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# background ARGUMENT...: the program runs; its output is left in out and err.
background() {
    "$PHOTON_EMU" "$@" >out 2>err </dev/null &
    emulator=$!
}

# ended STATUS: the program that runs ends, within two minutes, with that status.
ended() {
    local got=0 i
    for ((i = 0; i < 1200; i++)); do
        kill -0 "$emulator" 2>/dev/null || break
        sleep 0.1
    done
    [ "$i" -lt 1200 ] || kill "$emulator"
    wait "$emulator" || got=$?
    emulator=0
    [ "$got" -eq "$1" ] || wrong "status $got, not $1: $(tail -n 3 err) $(tail -n 5 out)"
}

# wait_for TEXT FILE: until a line of the file has it, for two minutes.
wait_for() {
    local i
    for ((i = 0; i < 1200; i++)); do
        grep -qF -- "$1" "$2" 2>/dev/null && return 0
        kill -0 "$emulator" 2>/dev/null || break
        sleep 0.1
    done
    wrong "no '$1' in $2"
    return 1
}

# dial PORT: file descriptor 3 is connected to it; tries for ten seconds, for the program may not listen yet.
dial() {
    local i
    for ((i = 0; i < 100; i++)); do
        exec 3<>"/dev/tcp/127.0.0.1/$1" && return 0
        sleep 0.1
    done 2>/dev/null
    wrong "nobody listens at port $1: $(cat err)"
    return 1
}

# softap PORT COMMAND [JSON]: one command of Particle's set-up protocol (TCP 5609 of the device); prints the answer.
softap() {
    local port=$1 command=$2 body=${3-} line answer=
    dial "$port" || return 1
    printf '%s\n%d\n\n%s' "$command" "${#body}" "$body" >&3
    while IFS= read -r -t 30 -d '}' line <&3; do
        answer+="$line}"
        [ "$(tr -cd '{' <<<"$answer" | wc -c)" -gt "$(tr -cd '}' <<<"$answer" | wc -c)" ] || break
    done
    exec 3>&-
    tr -d '\r\n' <<<"$answer"
}
