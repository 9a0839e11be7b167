# SPDX-License-Identifier: GPL-2.0-or-later
"""One debugger session, run by GDB itself against a server that holds target.elf before its first instruction.

  gdb-multiarch -nx -batch -ex 'py port, kind, results = 1234, "photon-emu", "FILE"' -x session.py target.elf

Each check is a line in the results file: "ok NAME" or "FAILED NAME: why". Checks that only we can pass are named "photon ...".
"""
import os
import signal
import threading
import traceback

import gdb

ours = kind == "photon-emu"
out = open(results, "w", encoding="utf-8")
checks = []


def check(name, only_ours=False):
    def add(function):
        if ours or not only_ours:
            checks.append((name, function))
        return function
    return add


def run(command):
    return gdb.execute(command, to_string=True)


stops = []
gdb.events.stop.connect(stops.append)


def signal_of_stop(command="continue"):
    """Go on; the name of the signal that stopped it, or the numbers of the breakpoints."""
    stops.clear()
    run(command)
    if isinstance(stops[-1], gdb.SignalEvent):
        return stops[-1].stop_signal
    return [b.number for b in stops[-1].breakpoints]


def value(expression):
    return int(gdb.parse_and_eval(expression)) & 0xFFFFFFFF


def address(symbol):
    return value(f"(unsigned)&{symbol}") & ~1


def pc():
    return value("(unsigned)$pc")


def equal(seen, expected, what=""):
    if seen != expected:
        shown = [hex(x) if isinstance(x, int) else repr(x) for x in (seen, expected)]
        raise AssertionError(f"{what} {shown[0]}, not {shown[1]}".strip())


def contains(text, part):
    if part not in text:
        raise AssertionError(f"no {part!r} in {text!r}")


def no_breakpoints():
    run("delete")


def to(symbol):
    """Continue to a place, and stand there."""
    run(f"tbreak *{address(symbol):#x}")
    run("continue")
    equal(pc(), address(symbol), f"at {symbol}:")


def exception():
    return value("$xpsr") & 0x1FF


def connect():
    run(f"target {'extended-' if ours else ''}remote 127.0.0.1:{port}")


@check("attach")
def _():
    connect()
    equal(pc(), address("Reset_Handler"))
    equal(value("$sp"), 0x20020000)


@check("read memory and registers")
def _():
    equal(value("*(unsigned *)0x08000000"), 0x20020000)
    equal(value("*(unsigned char *)0x08000003"), 0x20)
    equal(value("$xpsr") >> 24 & 1, 1)
    equal(value("$msp"), value("$sp"))
    contains(run("info registers"), "control")


@check("break and continue")
def _():
    run("break one_round")
    run("continue")
    equal(gdb.selected_frame().name(), "one_round")
    no_breakpoints()


@check("write registers and memory")
def _():
    run("set var $r8 = 0xCAFEF00D")
    equal(value("$r8"), 0xCAFEF00D)
    run("set var spare[5] = 0x5A")
    equal(value("spare[5]") & 0xFF, 0x5A)
    gdb.selected_inferior().write_memory(address("spare") + 1, b"abc\x03$#}*")
    equal(bytes(gdb.selected_inferior().read_memory(address("spare"), 9)), b"\0abc\x03$#}*")


@check("find")
def _():
    contains(run(f"find /b {address('spare'):#x}, +64, 'b', 'c'"), hex(address("spare") + 2))


@check("backtrace and finish")
def _():
    run("break fibonacci if n == 1")
    run("continue")
    equal([f for f in run("backtrace").splitlines() if "fibonacci" in f].__len__(), 5)
    no_breakpoints()
    to("add")
    expected = value("$r0") + 1
    run("finish")
    equal(int(gdb.history(0)), expected, "value returned")


@check("call a function")
def _():
    equal(value("add(40, 2)"), 42)


@check("hardware breakpoint")
def _():
    run("hbreak *store_here")
    run("continue")
    equal(pc(), address("store_here"))
    no_breakpoints()


@check("many breakpoints")
def _():
    for symbol in ("store_here", "store_after", "load_here", "it_here", "it_after", "svc_here", "svc_after", "pend_after",
                   "undefined_here", "undefined_after", "nowhere_here", "nowhere_after"):
        run(f"break *{address(symbol):#x}")
    run("break add")
    seen = []
    for _ in range(13):
        run("continue")
        seen.append(pc())
    equal(len(set(seen)), 13)
    no_breakpoints()


@check("breakpoint in RAM", only_ours=True)
def _():
    # movs r0, #7; adds r0, #1; bx lr
    at = address("spare") + 16
    gdb.selected_inferior().write_memory(at, bytes.fromhex("072001307047"))
    run(f"break *{at + 2:#x}")
    try:
        run(f"call ((unsigned (*)(void)){at + 1:#x})()")
        raise AssertionError("the call was not stopped")
    except gdb.error as stopped:
        contains(str(stopped), "stopped")
    equal(pc(), at + 2)
    equal(value("$r0"), 7)
    run("delete")
    run("finish")


@check("step instructions")
def _():
    to("it_here")
    run("set var $r0 = $r0")
    for _ in range(10):
        run("stepi")
        if pc() == address("it_after"):
            return
    raise AssertionError(f"the end of the IT block was not reached, but {pc():#x}")


@check("step lines")
def _():
    to("add")
    run("finish")
    before = gdb.selected_frame().find_sal().line
    run("next")
    equal(gdb.selected_frame().find_sal().line > before, True)


@check("watch a store")
def _():
    to("store")
    old = value("watched")
    watch = gdb.Breakpoint("watched", gdb.BP_WATCHPOINT)
    equal(signal_of_stop(), [watch.number], "stopped by")
    equal(value("watched"), old + 1)
    equal(pc(), address("store_after"), "PC")
    no_breakpoints()


@check("watch one byte")
def _():
    to("store")
    watch = gdb.Breakpoint("bytes[3]", gdb.BP_WATCHPOINT)
    equal(signal_of_stop(), [watch.number], "stopped by")
    equal(pc() > address("store_after"), True)
    equal(value("bytes[3]") & 0xFF, value("rounds") & 0xFF)
    no_breakpoints()


@check("watch for reads")
def _():
    to("store")
    to("load")
    watch = gdb.Breakpoint("constant", gdb.BP_WATCHPOINT, gdb.WP_READ)
    equal(signal_of_stop(), [watch.number], "stopped by")
    equal(gdb.selected_frame().name(), "load")
    equal(pc(), address("load_here") + 2, "PC")
    no_breakpoints()


@check("watch for accesses")
def _():
    to("store")
    watch = gdb.Breakpoint("watched", gdb.BP_WATCHPOINT, gdb.WP_ACCESS)
    equal(signal_of_stop(), [watch.number], "stopped by")
    equal(pc(), address("store_after"), "PC")
    no_breakpoints()


@check("watch nothing that is beside it")
def _():
    to("store")
    run("watch bytes[2]")
    to("load_here")
    no_breakpoints()


def into(here, number, handler):
    to(here)
    run("stepi")
    for _ in range(3):
        if exception():
            break
        run("stepi")
    equal(exception(), number)
    equal(gdb.selected_frame().name(), handler)
    contains(run("backtrace"), "signal handler called")


def over(here, after, counter):
    to(here)
    before = value(counter)
    to(after)
    equal(value(counter), before + 1, counter)


@check("step into SVC")
def _():
    into("svc_here", 11, "SVC_Handler")
    to("svc_after")


@check("step into UsageFault")
def _():
    into("undefined_here", 6, "UsageFault_Handler")
    to("undefined_after")


@check("step into BusFault")
def _():
    into("nowhere_here", 5, "BusFault_Handler")
    to("nowhere_after")


@check("photon step past interrupts", only_ours=True)
def _():
    to("pend_here")
    before = value("pended")
    run("stepi")
    equal(pc(), address("pend_here") + 2)
    run("stepi")
    equal(value("pended"), before + 1)
    equal(exception(), 0)


@check("photon step into interrupts", only_ours=True)
def _():
    run("monitor interrupts on")
    into("pend_here", 14, "PendSV_Handler")
    run("monitor interrupts off")
    to("pend_after")


@check("run over each exception")
def _():
    over("svc_here", "svc_after", "services")
    over("pend_here", "pend_after", "pended")
    over("undefined_here", "undefined_after", "usage_faults")
    over("nowhere_here", "nowhere_after", "bus_faults")


@check("break in SysTick")
def _():
    run("break SysTick_Handler")
    run("continue")
    equal(exception(), 15)
    no_breakpoints()


@check("interrupt")
def _():
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    name = signal_of_stop()
    timer.join()
    equal(name, "SIGINT")


@check("threads")
def _():
    contains(run("info threads"), "* 1")


@check("compare sections")
def _():
    contains(run("compare-sections .text"), "matched")


@check("monitor")
def _():
    equal(len(run("monitor help").splitlines()) > 5, True)


@check("photon monitor", only_ours=True)
def _():
    contains(run("monitor regs RCC CR"), "HSION")
    contains(run("monitor regs nothing"), "there is no peripheral")
    contains(run("monitor time"), "instructions")
    contains(run("monitor flash"), "sector 11")
    contains(run("monitor events 5"), " ")
    contains(run("monitor nonsense"), "is no command")
    contains(run("monitor threads"), "no FreeRTOS")
    contains(run("monitor press nothing"), "no input")


@check("photon faults in words", only_ours=True)
def _():
    into("nowhere_here", 5, "BusFault_Handler")
    text = run("monitor faults")
    contains(text, "BusFault")
    contains(text, "PRECISERR")
    contains(text, "the address was 0x30000000")
    contains(text, f"at 0x{address('nowhere_here'):08X}")
    to("nowhere_after")


@check("photon catch faults", only_ours=True)
def _():
    run("monitor catch faults on")
    equal(signal_of_stop(), "SIGILL")
    equal(gdb.selected_frame().name(), "UsageFault_Handler")
    run("monitor catch faults off")


@check("photon save and load", only_ours=True)
def _():
    to("one_round")
    before = value("rounds")
    run("monitor save here")
    to("store")
    to("store")
    contains(run("monitor load here"), "virtual time")
    run("maintenance flush register-cache")
    equal(pc(), address("one_round"))
    equal(value("rounds"), before)
    to("store")
    equal(value("rounds"), before + 1)


@check("time stands still", only_ours=True)
def _():
    before = run("monitor time")
    value("rounds")
    equal(run("monitor time"), before)


@check("detach and attach again")
def _():
    before = value("rounds")
    run("detach")
    if ours:
        run("attach 1")
        run("interrupt") if gdb.selected_thread().is_running() else None
    else:
        run("disconnect") if gdb.selected_inferior().pid else None
        connect()
    for _ in range(100):
        if value("rounds") > before:
            return
        run(f"tbreak *{address('one_round'):#x}")
        run("continue")
    raise AssertionError("it did not go on")


@check("reset")
def _():
    run("monitor reset halt" if ours else "monitor system_reset")
    run("maintenance flush register-cache")
    run("tbreak one_round" if not ours else "stepi")
    if not ours:
        run("continue")
        equal(value("rounds"), 0)
    else:
        equal(pc() - address("Reset_Handler") < 8, True)
        to("one_round")
        equal(value("rounds"), 0)


@check("load into flash", only_ours=True)
def _():
    text = run("load")
    contains(text, "Loading section .text")
    equal(pc(), address("Reset_Handler"))
    run("monitor reset halt")
    run("maintenance flush register-cache")
    to("store")
    equal(value("rounds"), 1)
    contains(run("monitor flash"), "erased 1 times")


@check("run again", only_ours=True)
def _():
    run("tbreak one_round")
    run("run")
    equal(value("rounds"), 0)
    equal(gdb.selected_frame().name(), "one_round")


@check("kill")
def _():
    run("kill")
    equal(gdb.selected_inferior().pid, 0)


for setting in ("pagination off", "confirm off", "width 0", "tcp auto-retry on", "remotetimeout 10"):
    run(f"set {setting}")
if ours:
    run("set mem inaccessible-by-default on")

failed = 0
for name, function in checks:
    try:
        function()
        out.write(f"ok {name}\n")
    except Exception as error:  # what GDB raises is of many kinds
        failed += 1
        out.write(f"FAILED {name}: {error}\n")
        traceback.print_exc()
        try:
            run("delete")
        except gdb.error:
            pass
    out.flush()
out.close()
run(f"quit {min(failed, 100)}")
