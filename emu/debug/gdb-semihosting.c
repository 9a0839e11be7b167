/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Semihosting (ARM 100863, "Semihosting for AArch32 and AArch64", T32 BKPT 0xAB): a console, clocks and an exit.
 *
 * There are no files: ":tt" opens the console, which takes output and has no input, everything else fails. Times are virtual,
 * so that a program does the same at every run; the date is that of a new RTC, 2000-01-01.
 */
#include "emu/debug/gdb-internal.h"

enum {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITEC = 0x03,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_READC = 0x07,
    SYS_ISERROR = 0x08,
    SYS_ISTTY = 0x09,
    SYS_FLEN = 0x0C,
    SYS_CLOCK = 0x10,
    SYS_TIME = 0x11,
    SYS_ERRNO = 0x13,
    SYS_GET_CMDLINE = 0x15,
    SYS_HEAPINFO = 0x16,
    SYS_EXIT = 0x18,
    SYS_EXIT_EXTENDED = 0x20,
    SYS_ELAPSED = 0x30,
    SYS_TICKFREQ = 0x31,
};
enum { SEMIHOSTING = 0xBEAB, APPLICATION_EXIT = 0x20026, ENOSYS_ = 38, LONGEST = 1 << 16 };
#define YEAR_2000 UINT32_C(946684800)
#define FAILED    UINT32_MAX

struct call {
    struct gdb_server *server;
    struct machine *machine;
    uint32_t args; /* R1: most often the address of a block of words */
};

static uint32_t argument(const struct call *c, unsigned n)
{
    uint32_t value = 0;
    debug_read(c->machine, c->args + 4 * n, &value, 4);
    return value;
}

static void print(const struct call *c, uint32_t address, uint32_t size)
{
    g_autofree char *text = g_malloc(size + 1);
    gdb_console(c->server, text, debug_read(c->machine, address, text, size));
}

static void print_string(const struct call *c)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char character;
    while (text->len < LONGEST && debug_read(c->machine, c->args + (uint32_t)text->len, &character, 1) == 1 && character != 0)
        g_string_append_c(text, character);
    gdb_console(c->server, text->str, text->len);
}

/* Handles: 1 for reading, 2 for writing, 3 for appending, which means standard error. */
static uint32_t open_console(const struct call *c)
{
    char name[4] = {0};
    uint32_t mode = argument(c, 1);
    debug_read(c->machine, argument(c, 0), name, 3);
    if (argument(c, 2) != 3 || strcmp(name, ":tt") != 0)
        return FAILED;
    return mode < 4 ? 1 : mode < 8 ? 2 : 3;
}

static uint64_t since_start(const struct call *c, uint64_t ticks_each)
{
    return machine_now(c->machine) / ticks_each;
}

/* A program that leaves it to the host where heap and stack are gets what the zeros stand for: its own defaults. */
static uint32_t heap_info(const struct call *c)
{
    static const uint32_t unknown[4] = {0};
    debug_write(c->machine, argument(c, 0), unknown, sizeof unknown);
    return 0;
}

static uint32_t command_line(const struct call *c)
{
    static const char empty = '\0';
    static const uint32_t length = 0;
    if (argument(c, 1) == 0)
        return FAILED;
    debug_write(c->machine, argument(c, 0), &empty, 1);
    debug_write(c->machine, c->args + 4, &length, 4);
    return 0;
}

/* False: no call that there is. */
static bool perform(const struct call *c, uint32_t operation, uint32_t *result)
{
    char character;
    switch (operation) {
    case SYS_OPEN:
        *result = open_console(c);
        return true;
    case SYS_CLOSE:
    case SYS_ISERROR:
        *result = 0;
        return true;
    case SYS_WRITEC:
        if (debug_read(c->machine, c->args, &character, 1) == 1)
            gdb_console(c->server, &character, 1);
        return true;
    case SYS_WRITE0:
        print_string(c);
        return true;
    case SYS_WRITE:
        print(c, argument(c, 1), MIN(argument(c, 2), LONGEST));
        *result = 0; /* bytes that were not written */
        return true;
    case SYS_READ:
        *result = argument(c, 2); /* none of them was read: the end */
        return true;
    case SYS_READC:
        *result = FAILED;
        return true;
    case SYS_ISTTY:
        *result = 1;
        return true;
    case SYS_FLEN:
        *result = 0;
        return true;
    case SYS_CLOCK:
        *result = (uint32_t)since_start(c, 10 * TICKS_PER_MS);
        return true;
    case SYS_TIME:
        *result = YEAR_2000 + (uint32_t)since_start(c, TICKS_PER_SECOND);
        return true;
    case SYS_ERRNO:
        *result = ENOSYS_;
        return true;
    case SYS_GET_CMDLINE:
        *result = command_line(c);
        return true;
    case SYS_HEAPINFO:
        *result = heap_info(c);
        return true;
    case SYS_ELAPSED: {
        uint64_t us = since_start(c, TICKS_PER_US);
        *result = debug_write(c->machine, c->args, &us, 8) == 8 ? 0 : FAILED;
        return true;
    }
    case SYS_TICKFREQ:
        *result = 1000000;
        return true;
    default:
        return false;
    }
}

bool gdb_semihosting(struct gdb_server *s, uint32_t pc)
{
    struct machine *m = s->machine;
    uint16_t code;
    if (debug_read(m, pc, &code, 2) != 2 || code != SEMIHOSTING)
        return false;
    uint32_t operation = debug_register(m, 0), result = operation;
    struct call call = {s, m, debug_register(m, 1)};
    debug_set_register(m, DEBUG_PC, pc + 2);
    if (operation == SYS_EXIT)
        gdb_exited(s, call.args == APPLICATION_EXIT ? 0 : 1);
    else if (operation == SYS_EXIT_EXTENDED)
        gdb_exited(s, argument(&call, 0) == APPLICATION_EXIT ? argument(&call, 1) : 1);
    else if (!perform(&call, operation, &result))
        result = FAILED;
    debug_set_register(m, 0, result);
    if (s->stepping && !s->halted)
        gdb_halt(s, GDB_SIGTRAP, "it has made a step");
    return true;
}
