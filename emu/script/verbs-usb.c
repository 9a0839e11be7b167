/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verbs of the host at the other end of the USB cable. */
#include <string.h>

#include "emu/script/dut-usb.h"
#include "emu/script/verbs.h"

#define DFU_TIME (60 * TICKS_PER_SECOND)
#define LOOK     (5 * TICKS_PER_MS)

static int verb_usb(lua_State *lua)
{
    dut_usb(verbs_powered(lua));
    return 0;
}

/* ---- DFU ---- */

static int verb_dfu_write(lua_State *lua)
{
    static const char *const options[] = {"alt", "leave", "fails", "within", NULL};
    struct dut *d = verbs_powered(lua);
    lua_Integer address = verbs_integer(lua, 1, "dfu_write's address", 0, UINT32_MAX), alt = 0;
    size_t size;
    const char *bytes = verbs_image_bytes(lua, 2, "dfu_write's second argument", &size);
    verbs_check_options(lua, 3, options);
    ticks_t within = verbs_within(lua, 3, DFU_TIME);
    bool leave = false, fails = false;
    if (lua_istable(lua, 3)) {
        if (lua_getfield(lua, 3, "alt") != LUA_TNIL)
            alt = verbs_integer(lua, -1, "alt", 0, 255);
        lua_getfield(lua, 3, "leave");
        leave = lua_toboolean(lua, -1);
        lua_getfield(lua, 3, "fails");
        fails = lua_toboolean(lua, -1);
        lua_pop(lua, 3);
    }
    struct dut_usb *usb = dut_usb(d);
    const struct dfu_job job = {
        .alternate = (unsigned)alt, .address = (uint32_t)address, .bytes = g_bytes_new(bytes, size), .leave = leave};
    bool begun = dfu_host_write(usb->dfu, &job);
    g_bytes_unref(job.bytes);
    if (!begun)
        verbs_wrong(lua, g_strdup("another dfu_write is under way"));
    lua_settop(lua, 0);
    lua_pushstring(lua, "usb=dfu-done or usb=dfu-failed");
    struct condition *condition = verbs_condition(lua, 1);
    if (verbs_wait(lua, within, condition) != DUT_MET)
        dfu_host_cancel(usb->dfu);
    play_release(verbs_play(lua), condition);
    if (fails && dfu_host_failure(usb->dfu) == NULL)
        verbs_fail(lua, g_strdup_printf("dfu_write to 0x%08X was not refused", (unsigned)address));
    if (!fails && dfu_host_failure(usb->dfu) != NULL)
        verbs_fail(lua, g_strdup_printf("dfu_write to 0x%08X: %s", (unsigned)address, dfu_host_failure(usb->dfu)));
    return 0;
}

/* ---- the serial port ---- */

/* An open port, waited for. */
static struct cdc_host *open_port(lua_State *lua, ticks_t within)
{
    struct dut *d = verbs_powered(lua);
    struct dut_usb *usb = dut_usb(d);
    ticks_t end = machine_now(d->machine) + within;
    while (!cdc_host_settled(usb->serial) || !cdc_host_is_open(usb->serial)) {
        if (machine_now(d->machine) >= end)
            verbs_fail(lua, g_strdup("the device shows no serial port on USB"));
        if (cdc_host_there(usb->serial) && !cdc_host_is_open(usb->serial))
            cdc_host_open(usb->serial);
        verbs_wait(lua, LOOK, NULL);
    }
    return usb->serial;
}

static int verb_serial_send(lua_State *lua)
{
    static const char *const options[] = {"within", NULL};
    size_t size;
    const char *text = luaL_checklstring(lua, 1, &size);
    verbs_check_options(lua, 2, options);
    ticks_t within = verbs_within(lua, 2, VERBS_WITHIN);
    struct dut *d = verbs_powered(lua);
    ticks_t end = machine_now(d->machine) + within;
    struct cdc_host *port = open_port(lua, within);
    while (size > 0) {
        size_t sent = cdc_host_send(port, text, MIN(size, CDC_SEND));
        text += sent;
        size -= sent;
        if (sent > 0)
            continue;
        if (machine_now(d->machine) >= end)
            verbs_fail(lua, g_strdup_printf("the device took all but %zu bytes of what was sent", size));
        verbs_wait(lua, LOOK, NULL);
    }
    return 0;
}

static int verb_serial_baud(lua_State *lua)
{
    lua_Integer baud = verbs_integer(lua, 1, "serial_baud's rate", 1, 4000000);
    struct cdc_host *port = open_port(lua, VERBS_WITHIN);
    const struct cdc_line line = {.baud = (uint32_t)baud, .data_bits = 8};
    cdc_host_set_line(port, &line);
    return 0;
}

static int verb_serial_close(lua_State *lua)
{
    struct dut_usb *usb = dut_usb(verbs_powered(lua));
    if (cdc_host_is_open(usb->serial))
        cdc_host_close(usb->serial);
    return 0;
}

/* The condition that a text comes from the device. */
static void push_condition(lua_State *lua, const char *text, size_t size)
{
    GString *s = g_string_new("uart~\"");
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\' || c < 0x20 || c >= 0x7F)
            g_string_append_printf(s, "\\x%02X", c);
        else
            g_string_append_c(s, (char)c);
    }
    g_string_append_c(s, '"');
    play_own(verbs_play(lua), s, verbs_free_string);
    lua_pushlstring(lua, s->str, s->len);
    play_release(verbs_play(lua), s);
}

static int verb_expect_serial(lua_State *lua)
{
    static const char *const options[] = {"within", NULL};
    size_t size;
    const char *text = luaL_checklstring(lua, 1, &size);
    verbs_check_options(lua, 2, options);
    ticks_t within = verbs_within(lua, 2, VERBS_WITHIN);
    if (size == 0)
        verbs_wrong(lua, g_strdup("expect_serial needs a text"));
    open_port(lua, within);
    push_condition(lua, text, size);
    struct condition *condition = verbs_condition(lua, -1);
    bool met = verbs_wait(lua, within, condition) == DUT_MET;
    play_release(verbs_play(lua), condition);
    if (!met)
        verbs_fail(lua, g_strdup_printf("\"%s\" did not come on the serial port", text));
    return 0;
}

const luaL_Reg verbs_usb[] = {
    {"usb", verb_usb},
    {"dfu_write", verb_dfu_write},
    {"serial_send", verb_serial_send},
    {"serial_baud", verb_serial_baud},
    {"serial_close", verb_serial_close},
    {"expect_serial", verb_expect_serial},
    {NULL, NULL},
};
