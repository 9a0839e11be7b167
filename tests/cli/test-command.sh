#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# photon-emu test: what it reports, in every form, and its exit statuses. Real devices are tests/scenarios' business: the stories
# here do without one, on a set that is a name only.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

export PHOTON_EMU_SETS=$work/sets
mkdir -p sets/x sets/y stories
touch sets/x/bootloader.bin sets/y/bootloader.bin

story() { # FILE SETS: the scenarios come on standard input
    {
        echo "story{name='The | name', question='Why?', cause='So', cure='Thus', led='off', sets={$2}}"
        cat
    } >"$1"
}

# holds STATUS TEXT...: the last run's output has each text.
holds() {
    local text
    for text; do
        grep -qF -- "$text" out || wrong "no '$text' in the output: $(head -n 30 out)"
    done
}

# ---- options ----

ends 0 test --help
awk 'length > 80 { bad = 1 } END { exit bad }' out || wrong "the help is wider than 80 columns"
refused 2 'needs the files' test
refused 2 'no file or folder' test nowhere.lua
refused 2 '--frob' test --frob stories
refused 2 'no story' test stories
refused 2 '-j must be' test -j 0 stories
refused 2 '--watchdog must be' test --watchdog 0 stories
refused 2 '--markdown goes' test --markdown stories

# ---- verdicts ----

story stories/a-good.lua "'x', 'y'" <<'END'
scenario("first", function(set) expect_equal(set == "x" or set == "y", true) print("set " .. set) end)
scenario("second # & < \" '", {sets = {"y"}}, function() end)
END
story fails.lua "'x'" <<'END'
scenario("it", function() fail("because \1 <&> ]]> it is") end)
END
story wrong.lua "'x'" <<'END'
scenario("it", function() nothing() end)
END
story skips.lua "'x', 'absent'" <<'END'
scenario("it", function() skip("no time") end)
END

ends 0 test -j2 stories
holds 'ok     a-good: first [x]' 'set x' 'ok     a-good: first [y]' 'second # & <' '3 passed, 0 failed, 0 with an error, 0 skipped'
ends 0 test -j1 stories
mv out one
ends 0 test -j3 stories
cmp -s out one || wrong "-j changes the report"
ends 0 test --sets y stories
holds '2 passed'
ends 0 test --filter 'first' stories
holds '2 passed'
ends 0 test --filter 'a-good/s*' stories
holds '1 passed'
refused 2 'no scenario matches' test --filter 'third' stories
ends 1 test fails.lua stories
holds 'FAIL   fails: it [x]' 'fails.lua:2: because' "--sets 'x' --filter 'it'" '3 passed, 1 failed'
ends 2 test wrong.lua fails.lua
holds 'ERROR  wrong: it [x]' "wrong.lua:2: attempt to call a nil value (global 'nothing')" '1 failed, 1 with an error'
ends 77 test skips.lua
holds 'skip   skips: it [x]' 'no time' 'image set absent is not here' '# SKIP'
ends 0 test skips.lua stories
holds '3 passed, 0 failed, 0 with an error, 2 skipped'
cp stories/a-good.lua a-good.lua
refused 2 'the same name' test a-good.lua stories

# ---- bad input ----

head -c 3000 /dev/urandom >noise.lua
printf '\033Lua\124\0\031\223' >binary.lua
: >empty.lua
yes 'x = {' | head -n 20000 >deep.lua
yes -- '-- much ado about nothing' | head -c 3000000 >large.lua
printf 'while true do end' >endless.lua
printf 'local s = ("a"):rep(64) while true do s = s .. s end' >greedy.lua
printf 'local t = {} t[1] = t print(#t)' >headless.lua
for file in noise binary empty deep large endless greedy headless; do
    ends 2 test $file.lua
    holds "ERROR  $file" "$file.lua"
done
ends 2 test noise.lua stories
holds '3 passed, 0 failed, 1 with an error'

# What no instruction count ends: a pattern that takes for ever. The watchdog does, and the others go on.
story slow.lua "'x'" <<'END'
scenario("before", function() end)
scenario("slow", function() (("a"):rep(3000)):find((".-"):rep(30) .. "b") end)
scenario("behind", function() end)
END
ends 4 test -j1 --watchdog 2 slow.lua
holds 'ok     slow: before [x]' 'ERROR  slow: slow [x]' 'watchdog' 'ok     slow: behind [x]'

# ---- forms ----

ends 2 test --tap --junit out.xml stories fails.lua wrong.lua noise.lua skips.lua
head -n 2 out | tr '\n' ' ' | grep -qx 'TAP version 14 1..8 ' || wrong "no version and plan: $(head -n 2 out)"
[ "$(grep -cE '^(not )?ok [0-9]+ - ' out)" = 8 ] || wrong "the plan does not fit: $(cat out)"
grep -E '^(not )?ok' out | awk '{ n = ($1 == "not") ? $3 : $2; if (n != NR) exit 1 }' || wrong "TAP numbers are not in order"
holds 'not ok 1 - noise' 'second \# & < " '"'"' [y]' '# SKIP' '  severity: fail' '  severity: error'
! grep -q '[[:cntrl:]]' <(tr -d '\n' <out) || wrong "control characters in TAP output"
python3 - <<'END' || wrong "the JUnit file is not what it should be"
import xml.etree.ElementTree as tree
root = tree.parse("out.xml").getroot()
assert root.tag == "testsuites"
total = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
for suite in root:
    cases = suite.findall("testcase")
    found = {"tests": len(cases), "failures": len(suite.findall("*/failure")), "errors": len(suite.findall("*/error")),
             "skipped": len(suite.findall("*/skipped"))}
    for name, number in found.items():
        assert int(suite.get(name)) == number, (suite.get("name"), name)
        total[name] += number
    for case in cases:
        assert case.get("classname") == suite.get("name") and float(case.get("time")) >= 0
assert total == {"tests": 8, "failures": 1, "errors": 2, "skipped": 2}, total
assert {int(root.get(name)) - number for name, number in total.items()} == {0}
failure = root.find("*/*/failure")
assert "because \ufffd <&> ]]> it is" in failure.get("message"), failure.get("message")
assert "--filter 'it'" in failure.text
assert [out.text for out in root.iter("system-out")] == ["set x\n", "set y\n"]
END
refused_junit=$(emu test --junit nowhere/out.xml stories 2>&1 >/dev/null)
grep -qF -- '--junit: nowhere/out.xml cannot be written' <<<"$refused_junit" || wrong "no complaint about --junit: $refused_junit"

ends 0 test --list stories
holds 'a-good: The | name' '  first [x, y]'
ends 0 test --list --markdown stories
holds '| [The \| name](stories/a-good.lua) | Why? | off | So | Thus | x, y |'
ends 2 test --list stories noise.lua
holds 'a-good: The'

# ---- interrupted: at once, and nothing is left behind ----

story endless-pattern.lua "'x'" <<'END'
scenario("slow", function() (("a"):rep(3000)):find((".-"):rep(30) .. "b") end)
END
mkdir tmp
TMPDIR=$work/tmp "$PHOTON_EMU" test endless-pattern.lua >out 2>err &
pid=$!
for _ in $(seq 100); do
    [ -n "$(ls tmp)" ] && break
    sleep 0.1
done
sleep 0.5
kill -TERM $pid
got=0
wait $pid || got=$?
[ $got -eq 4 ] || wrong "status $got after SIGTERM: $(cat err)"
[ -z "$(ls tmp)" ] || wrong "left behind: $(ls tmp)"

finish
