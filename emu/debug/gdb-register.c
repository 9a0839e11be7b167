/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers, of the CPU and of threads that sleep; numbered as the target description says. */
#include "emu/debug/gdb-internal.h"

/* A Cortex-M3 as GDB knows it (GDB manual, G.5.3): xPSR has the number 25 for historical reasons. */
const char gdb_target_xml[] = "<?xml version=\"1.0\"?>\n"
                              "<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
                              "<target version=\"1.0\">\n"
                              "<architecture>arm</architecture>\n"
                              "<feature name=\"org.gnu.gdb.arm.m-profile\">\n"
                              "<reg name=\"r0\" bitsize=\"32\" regnum=\"0\" type=\"int\" group=\"general\"/>\n"
                              "<reg name=\"r1\" bitsize=\"32\" regnum=\"1\" type=\"int\" group=\"general\"/>\n"
                              "<reg name=\"r2\" bitsize=\"32\" regnum=\"2\" type=\"int\" group=\"general\"/>\n"
                              "<reg name=\"r3\" bitsize=\"32\" regnum=\"3\" type=\"int\" group=\"general\"/>\n"
                              "<reg name=\"r4\" bitsize=\"32\" regnum=\"4\" type=\"int\" group=\"general\"/>\n"
                              "<reg name=\"r5\" bitsize=\"32\" regnum=\"5\" type=\"int\" group=\"general\"/>\n"
                              "<reg name=\"r6\" bitsize=\"32\" regnum=\"6\" type=\"int\" group=\"general\"/>\n"
                              "<reg name=\"r7\" bitsize=\"32\" regnum=\"7\" type=\"int\" group=\"general\"/>\n"
                              "<reg name=\"r8\" bitsize=\"32\" regnum=\"8\" type=\"int\" group=\"general\"/>\n"
                              "<reg name=\"r9\" bitsize=\"32\" regnum=\"9\" type=\"int\" group=\"general\"/>\n"
                              "<reg name=\"r10\" bitsize=\"32\" regnum=\"10\" type=\"int\" group=\"general\"/>\n"
                              "<reg name=\"r11\" bitsize=\"32\" regnum=\"11\" type=\"int\" group=\"general\"/>\n"
                              "<reg name=\"r12\" bitsize=\"32\" regnum=\"12\" type=\"int\" group=\"general\"/>\n"
                              "<reg name=\"sp\" bitsize=\"32\" regnum=\"13\" type=\"data_ptr\" group=\"general\"/>\n"
                              "<reg name=\"lr\" bitsize=\"32\" regnum=\"14\" type=\"int\" group=\"general\"/>\n"
                              "<reg name=\"pc\" bitsize=\"32\" regnum=\"15\" type=\"code_ptr\" group=\"general\"/>\n"
                              "<reg name=\"xpsr\" bitsize=\"32\" regnum=\"25\" type=\"int\" group=\"general\"/>\n"
                              "</feature>\n"
                              "<feature name=\"org.gnu.gdb.arm.m-system\">\n"
                              "<reg name=\"msp\" bitsize=\"32\" regnum=\"26\" type=\"data_ptr\" group=\"system\"/>\n"
                              "<reg name=\"psp\" bitsize=\"32\" regnum=\"27\" type=\"data_ptr\" group=\"system\"/>\n"
                              "<reg name=\"primask\" bitsize=\"8\" regnum=\"28\" type=\"int8\" group=\"system\"/>\n"
                              "<reg name=\"basepri\" bitsize=\"8\" regnum=\"29\" type=\"int8\" group=\"system\"/>\n"
                              "<reg name=\"faultmask\" bitsize=\"8\" regnum=\"30\" type=\"int8\" group=\"system\"/>\n"
                              "<reg name=\"control\" bitsize=\"8\" regnum=\"31\" type=\"int8\" group=\"system\"/>\n"
                              "</feature>\n"
                              "</target>\n";

enum { XPSR_NUMBER = 25, LAST_NUMBER = 31 };

static bool from_number(uint32_t number, unsigned *reg)
{
    if (number > LAST_NUMBER || (number > DEBUG_PC && number < XPSR_NUMBER))
        return false;
    *reg = number <= DEBUG_PC ? number : number - XPSR_NUMBER + DEBUG_XPSR;
    return true;
}

static unsigned width(unsigned reg)
{
    return reg >= DEBUG_PRIMASK ? 1 : 4;
}

/* A thread that sleeps has its own R0 to xPSR and PSP; masks and MSP are the core's. */
static uint32_t value_of(struct gdb_client *c, unsigned reg)
{
    const struct rtos_thread *t = gdb_sleeping_thread(c->server, c->thread);
    if (t != NULL && reg <= DEBUG_XPSR)
        return t->registers[reg];
    if (t != NULL && reg == DEBUG_PSP)
        return t->registers[DEBUG_SP];
    return debug_register(c->server->machine, reg);
}

static void put_register(struct gdb_client *c, GString *text, unsigned reg)
{
    uint32_t value = value_of(c, reg);
    gdb_put_bytes(text, &value, width(reg));
}

void gdb_read_registers(struct gdb_client *c)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned reg = 0; reg < DEBUG_REGISTERS; reg++)
        put_register(c, text, reg);
    gdb_send(c, text->str);
}

void gdb_read_register(struct gdb_client *c, const char *args)
{
    uint32_t number;
    unsigned reg;
    if (!gdb_take_hex(&args, &number) || *args != '\0' || !from_number(number, &reg)) {
        gdb_send(c, "E01");
        return;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    put_register(c, text, reg);
    gdb_send(c, text->str);
}

static bool may_write(struct gdb_client *c)
{
    if (gdb_sleeping_thread(c->server, c->thread) == NULL)
        return true;
    gdb_send_error(c, "registers of a thread that does not run cannot be written");
    return false;
}

static uint32_t number_from(const uint8_t *bytes, unsigned n)
{
    uint32_t value = 0;
    memcpy(&value, bytes, n);
    return value;
}

void gdb_write_register(struct gdb_client *c, const char *args)
{
    uint32_t number;
    unsigned reg;
    if (!gdb_take_hex(&args, &number) || !gdb_take(&args, '=') || !from_number(number, &reg)) {
        gdb_send(c, "E01");
        return;
    }
    g_autoptr(GByteArray) bytes = gdb_take_bytes(args);
    if (bytes == NULL || bytes->len != width(reg)) {
        gdb_send(c, "E01");
        return;
    }
    if (!may_write(c))
        return;
    debug_set_register(c->server->machine, reg, number_from(bytes->data, bytes->len));
    gdb_moved(c->server);
    gdb_send(c, "OK");
}

void gdb_write_registers(struct gdb_client *c, const char *args)
{
    g_autoptr(GByteArray) bytes = gdb_take_bytes(args);
    unsigned size = 0;
    for (unsigned reg = 0; reg < DEBUG_REGISTERS; reg++)
        size += width(reg);
    if (bytes == NULL || bytes->len != size) {
        gdb_send(c, "E01");
        return;
    }
    if (!may_write(c))
        return;
    /* CONTROL first: it decides which stack pointer SP is */
    unsigned at[DEBUG_REGISTERS], next = 0;
    for (unsigned reg = 0; reg < DEBUG_REGISTERS; reg++) {
        at[reg] = next;
        next += width(reg);
    }
    struct machine *m = c->server->machine;
    debug_set_register(m, DEBUG_CONTROL, bytes->data[at[DEBUG_CONTROL]]);
    debug_set_register(m, DEBUG_MSP, number_from(bytes->data + at[DEBUG_MSP], 4));
    debug_set_register(m, DEBUG_PSP, number_from(bytes->data + at[DEBUG_PSP], 4));
    for (unsigned reg = 0; reg < DEBUG_REGISTERS; reg++)
        if (reg != DEBUG_CONTROL && reg != DEBUG_MSP && reg != DEBUG_PSP)
            debug_set_register(m, reg, number_from(bytes->data + at[reg], width(reg)));
    gdb_moved(c->server);
    gdb_send(c, "OK");
}
