/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/observe/event-kinds.h"

#include <string.h>

#define S(NAME)                                                                                                                \
    {                                                                                                                          \
        NAME, EVENT_STRING                                                                                                     \
    }
#define I(NAME)                                                                                                                \
    {                                                                                                                          \
        NAME, EVENT_INT                                                                                                        \
    }
#define X(NAME)                                                                                                                \
    {                                                                                                                          \
        NAME, EVENT_HEX                                                                                                        \
    }
#define R(NAME)                                                                                                                \
    {                                                                                                                          \
        NAME, EVENT_REAL                                                                                                       \
    }

/* clang-format off */
const struct event_kind event_kinds[] = {
    /* what is installed, what is done to the device from outside */
    {"module", "place", NULL, {S("place"), X("address"), S("check"), I("function"), I("index"), I("version"), I("platform"),
                               X("start"), X("end"), S("text")}},
    {"power", "on", "", {{"on", EVENT_BOOL}}},
    {"button", "state", "name", {S("name"), S("state")}},
    {"input", "value", "name", {S("name"), S("value")}},
    /* what can be seen of the board */
    {"led", "state", "name", {S("name"), S("state"), R("since"), I("period_ms"), I("r"), I("g"), I("b")}},
    {"light", NULL, "name", {S("name"), I("r"), I("g"), I("b")}},
    {"pin", "level", "pin", {S("pin"), I("level"), S("drive")}},
    {"pwm", "duty", "pin", {S("pin"), R("frequency_hz"), R("duty")}},
    {"dac", "millivolts", "channel", {I("channel"), I("millivolts")}},
    {"uart", "text", NULL, {S("port"), S("direction"), I("byte"), I("baud")}},
    {"usb", "op", NULL, {S("port"), S("op"), I("address"), X("vendor"), X("product"), X("version"), I("urb"), X("endpoint"),
                         S("setup"), I("status"), I("length"), S("data"), S("text")}},
    {"wifi", "op", NULL, {S("op"), {"on", EVENT_BOOL}, I("bytes"), S("interface"), S("country"), S("mac"), I("found"), S("ssid"), S("bssid"),
                          I("channel"), S("security"), S("reason"), I("cmd"), S("name"), {"set", EVENT_BOOL}, I("status"),
                          S("direction"), I("length"), S("text")}},
    {"sdio", "command", NULL, {I("command"), X("argument"), S("op"), I("function"), X("address"), I("length"), X("response")}},
    {"net", "protocol", NULL, {S("interface"), S("direction"), I("length"), S("protocol"), {"lost", EVENT_BOOL}}},
    {"network", "op", NULL, {S("op"), S("interface"), S("name"), S("address"), I("port"), S("protocol")}},
    /* what goes on inside */
    {"reset", "cause", NULL, {S("cause")}},
    {"flash", "op", NULL, {S("op"), S("phase"), I("sector"), X("address"), I("size"), X("value"), S("left")}},
    {"backup", "value", "register", {S("register"), X("value"), X("old")}},
    {"watchdog", "op", NULL, {S("name"), S("op"), I("timeout_ms")}},
    {"fault", "type", NULL, {S("type"), S("cause"), S("taken"), X("pc"), X("address"), X("cfsr"), X("hfsr")}},
    {"user-code", NULL, NULL, {X("pc")}},
    {"user-loop", NULL, NULL, {X("pc")}},
    /* what the emulator has to say */
    {"stuck", "text", NULL, {S("text"), X("pc")}},
    {"unmodelled", "field", NULL, {S("field"), S("access"), S("text"), X("pc")}},
    {"stored", "field", NULL, {S("field"), X("pc")}},
    {"gated", "text", NULL, {S("text"), X("pc")}},
    {"conflict", "text", NULL, {S("text"), X("pc")}},
    {"limit", "text", NULL, {S("text"), X("pc")}},
    {"dma", "text", NULL, {S("text"), X("pc")}},
    /* --trace */
    {"exception", "op", NULL, {S("op"), I("number"), X("pc")}},
    {"mmio", "register", NULL, {S("op"), S("register"), X("address"), I("size"), X("value"), X("pc")}},
    {NULL, NULL, NULL, {{NULL, EVENT_STRING}}},
};
/* clang-format on */

const struct event_kind *event_kind_find(const char *name)
{
    for (const struct event_kind *kind = event_kinds; kind->name != NULL; kind++)
        if (strcmp(kind->name, name) == 0)
            return kind;
    return NULL;
}

const struct event_field_kind *event_field_kind_find(const struct event_kind *kind, const char *name)
{
    for (const struct event_field_kind *field = kind->fields; field->name != NULL; field++)
        if (strcmp(field->name, name) == 0)
            return field;
    return NULL;
}
