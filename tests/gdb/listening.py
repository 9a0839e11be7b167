# SPDX-License-Identifier: GPL-2.0-or-later
"""A session, behind lib.py, with a device that knows no network: in listening mode, all threads are there by name."""

run_to(6)
led = run("monitor led")
expect('state="blinking blue"' in led, f"it is not in listening mode: {led}")
expect_threads(("app_thread", "system monitor", "IDLE", "Tmr Svc", "WWD", "worker thread", "tcpip_thread", "DHCPserver", "DNS thread",
                "tcp server", "HTTPserver"))
expect("no name" not in run("monitor threads"), "a thread has no name")
frames = set()
for thread in gdb.selected_inferior().threads():
    thread.switch()
    expect("#0" in run("backtrace 3"), f"no backtrace of {thread.name}")
    expect(0x08020000 <= pc() < 0x080A0000, f"{thread.name} stands at {pc():#x}, not in the system")
    frames.add(int(gdb.parse_and_eval("(unsigned)$sp")))
expect(len(frames) == len(gdb.selected_inferior().threads()), "two threads have the same stack pointer")
run("detach")
print("DONE")
