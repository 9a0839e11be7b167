# SPDX-License-Identifier: GPL-2.0-or-later
"""A session, behind lib.py: stops, steps and looks, and leaves."""

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

expect_threads(("IDLE", "Tmr Svc", "app_thread", "system monitor"))
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
