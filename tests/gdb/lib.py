# SPDX-License-Identifier: GPL-2.0-or-later
"""For sessions that GDB runs itself with a real image set; port is set. A session says "PROBLEM: ..." and at its end "DONE"."""
import gdb


def run(command):
    return gdb.execute(command, to_string=True)


def word(address):
    return int.from_bytes(bytes(gdb.selected_inferior().read_memory(address, 4)), "little")


def expect(condition, problem):
    if not condition:
        print(f"PROBLEM: {problem}")


def pc():
    return int(gdb.parse_and_eval("(unsigned)$pc"))


def seconds():
    return float(run("monitor time").split()[0])


def run_to(time):
    run(f"monitor until {time}s")
    run("continue")
    expect(time <= seconds() < time + 0.001, f"it is {seconds()} s, not {time} s")


def expect_threads(names):
    threads = run("info threads")
    print(threads)
    for name in names:
        expect(f'"{name}"' in threads, f"no thread {name}")


def at_first_instruction():
    return pc() == word(0x08000004) & ~1


for setting in ("pagination off", "confirm off", "architecture armv7e-m"):
    run(f"set {setting}")
run(f"target extended-remote 127.0.0.1:{port}")
expect(at_first_instruction(), "it does not stand at the bootloader's first instruction")
