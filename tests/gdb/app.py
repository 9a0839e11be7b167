# SPDX-License-Identifier: GPL-2.0-or-later
"""A session, behind lib.py, with hello.elf of images/apps: flash it, and follow it through bootloader, system and app."""
import re

FACTORY, SYSTEM_PART_1, SYSTEM_PART_2, USER = 0x080E0000, 0x08020000, 0x08060000, 0x080A0000
LIBRARIES = 0x19C  # in each system part: an array of pointers to tables of functions
LIBRARY_SYSTEM, DELAY = 2, 5  # as in images/apps/photon.h


def functions(part):
    """All that a system part offers to others."""
    def is_inside(address):
        return part <= address < part + 0x40000
    found = set()
    table = part + LIBRARIES
    while is_inside(word(table)):
        entry = word(table)
        while word(entry) & 1 and is_inside(word(entry)):
            found.add(word(entry) & ~1)
            entry += 4
        table += 4
    return found


def user_sector():
    return next(line for line in run("monitor flash").splitlines() if f"0x{USER:08X}" in line)


def user_module():
    return next(line for line in run("monitor modules").splitlines() if line.split()[0] == "user")


def names():
    """Of the functions that are active, the innermost first."""
    frame, result = gdb.newest_frame(), []
    while frame is not None:
        result.append(frame.name())
        frame = frame.older()
    return result


# Flash it over the set's own app; nothing else changes.
before, factory = user_module(), bytes(gdb.selected_inferior().read_memory(FACTORY, 0x1000))
print(user_sector())
matches = re.findall("matched|MIS-MATCHED", run("compare-sections"))
expect("MIS-MATCHED" in matches, "the app is there already")
run("load")
print(user_sector())
matches = re.findall("matched|MIS-MATCHED", run("compare-sections"))
expect(len(matches) >= 4 and set(matches) == {"matched"}, f"it was not flashed: {matches}")
after = user_module()
print(after)
expect(after != before and after.endswith("CRC good"), f"the user module is: {after}")
expect(bytes(gdb.selected_inferior().read_memory(FACTORY, 0x1000)) == factory, "the factory image was changed")

# A reset, and the bootloader: the functions that its start-up code calls.
run("monitor reset halt")
run("maintenance flush register-cache")
expect(at_first_instruction(), "the reset does not lead to the bootloader")
code = gdb.newest_frame().architecture().disassemble(pc(), count=30)
called = {int(call[1], 16) for call in (re.fullmatch(r"blx?\s+(0x[0-9a-f]+).*", c["asm"]) for c in code) if call}
for address in called:
    run(f"break *{address:#x}")
run("continue")
expect(pc() in called and pc() < 0x08004000, f"no function of the bootloader was hit, but {pc():#x}")
print(f"bootloader: {len(called)} breakpoints, hit at {pc():#x}")
run("delete")

# Part 1 of the system: whichever of its functions is called first.
offered = functions(SYSTEM_PART_1)
expect(len(offered) > 20, f"part 1 offers {len(offered)} functions")
for address in offered:
    run(f"break *{address:#x}")
run("continue")
expect(pc() in offered, f"no function of part 1 was hit, but {pc():#x}")
print(f"part 1: {len(offered)} breakpoints, hit at {pc():#x}")
run("delete")

# The app's loop, what it calls, and part 2 below that.
run("break loop")
run("continue")
expect(names()[0] == "loop", f"loop was not hit, but {names()}")
expect(gdb.newest_frame().find_sal().symtab.filename.endswith("hello.c"), "loop has no source line")
run("delete")
run("tbreak serial1_write")
run("continue")
expect(names()[:3] == ["serial1_write", "serial1_printf", "loop"], f"the backtrace is {names()}")
print(run("backtrace 4"))
delay = word(word(SYSTEM_PART_2 + LIBRARIES + 4 * LIBRARY_SYSTEM) + 4 * DELAY) & ~1
run(f"tbreak *{delay:#x}")
run("continue")
expect(pc() == delay >= SYSTEM_PART_2, f"delay of part 2 was not hit, but {pc():#x}")
expect(int(gdb.parse_and_eval("(unsigned)$r0")) == 1000, "delay was not called with 1000 ms")

# The store that changes a variable of the app, twice.
variable = int(gdb.parse_and_eval("(unsigned)&loop::n"))
watchpoint = gdb.Breakpoint("loop::n", gdb.BP_WATCHPOINT)
for _ in range(2):
    old = int(gdb.parse_and_eval("loop::n"))
    run("continue")
    new = int(gdb.parse_and_eval("loop::n"))
    expect(new == old + 1, f"it stopped with {new} behind {old}")
    code = gdb.newest_frame().architecture().disassemble(pc() - 4, pc())
    store = next((c["asm"] for c in code if c["addr"] + c["length"] == pc()), "")
    print(f"{old} -> {new} by: {store}")
    operand = re.fullmatch(r"str(?:\.w)?\s+r\d+, \[(\w+)(?:, #(\d+))?\].*", store)
    expect(operand and int(gdb.parse_and_eval(f"(unsigned)${operand[1]}")) + int(operand[2] or 0) == variable,
           f"the instruction before is: {store}")
    expect(names()[0] == "loop", f"it stopped in {names()}")
expect(watchpoint.hit_count == 2, f"the watchpoint was hit {watchpoint.hit_count} times")
run("delete")
run("detach")
print("DONE")
