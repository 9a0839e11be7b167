# SPDX-License-Identifier: GPL-2.0-or-later
"""A session with a real image set, run by GDB itself: port is set. Stops, steps and looks, and leaves. Says "PROBLEM: ..."."""
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


for setting in ("pagination off", "confirm off", "architecture armv7e-m"):
    run(f"set {setting}")
run(f"target extended-remote 127.0.0.1:{port}")
expect(pc() == word(0x08000004) & ~1, "it does not stand at the bootloader's first instruction")

# what is never executed: an area that is erased, and the bootloader's handlers of faults
for i in range(16):
    run(f"break *{0x080C0100 + 0x1002 * i:#x}")
for exception in (3, 4, 5, 6):
    run(f"break *{word(4 * exception) & ~1:#x}")
cold = len(gdb.breakpoints())
expect(cold >= 16, "too few breakpoints")

for _ in range(40):
    run("stepi")
run_to(1.0)
vectors = word(0xE000ED08)
expect(vectors != 0x08000000, "the system did not move the vector table")

# the kernel's tick, hit several times
handler = word(vectors + 4 * 15) & ~1
hit = gdb.Breakpoint(f"*{handler:#x}")
for _ in range(3):
    run("continue")
    expect(pc() == handler, f"the handler of SysTick was not hit, but {pc():#x}")
    expect(int(gdb.parse_and_eval("$xpsr")) & 0x1FF == 15, "not in SysTick")
    for _ in range(5):
        run("stepi")
hit.delete()

threads = run("info threads")
print(threads)
for name in ("IDLE", "Tmr Svc", "app_thread", "system monitor"):
    expect(f'"{name}"' in threads, f"no thread {name}")
for thread in gdb.selected_inferior().threads():
    thread.switch()
    expect("#0" in run("backtrace 3"), f"no backtrace of {thread.name}")

# registers of a thread that sleeps; then a watchpoint, which nothing may notice either
for thread in gdb.selected_inferior().threads():
    if thread.name == "IDLE":
        thread.switch()
        expect(pc() >> 20 == 0x080, "the idle thread's PC is not in flash")
run("rwatch *(unsigned *)0x080c0000")
run_to(2.0)
expect(len(gdb.breakpoints()) == cold + 1, "a breakpoint got lost")
run("delete")
run_to(2.3)
for command in ("led", "pins", "modules", "regs NVIC", "regs TIM2", "events 30", "why", "faults", "threads"):
    expect(run(f"monitor {command}"), f"monitor {command} says nothing")
run("detach")
print("DONE")
