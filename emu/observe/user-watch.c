/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/observe/user-watch.h"

#include <string.h>

#include "emu/core/cpu.h"

/* Where a user module lies, and where it keeps the pointer to its table of functions (behind its header). */
#define USER_AREA  UINT32_C(0x080A0000)
#define USER_SIZE  UINT32_C(0x20000)
#define USER_TABLE (USER_AREA + 24)

static const struct {
    unsigned index; /* in the table: pre_init, init, setup, loop */
    const char *kind;
} functions[USER_WATCH_FUNCTIONS] = {{0, "user-code"}, {1, "user-code"}, {3, "user-loop"}};

static bool wanted(const struct user_watch *w, unsigned function)
{
    return strcmp(functions[function].kind, "user-loop") == 0 ? w->loop : w->code;
}

void user_watch_for(struct user_watch *w, const struct condition *condition)
{
    w->code |= condition_mentions(condition, "user-code");
    w->loop |= condition_mentions(condition, "user-loop");
}

/* 0 for an erased or broken module, which has no such function; a real one has it in its own area. */
static uint32_t find(const struct user_watch *w, unsigned function)
{
    uint32_t table, address;
    if (!machine_peek(w->machine, USER_TABLE, 4, &table) ||
        !machine_peek(w->machine, table + 4 * functions[function].index, 4, &address))
        return 0;
    return (address & 1) && address - USER_AREA < USER_SIZE ? address & ~1u : 0;
}

void user_watch_update(struct user_watch *w)
{
    w->changed = false;
    for (unsigned i = 0; i < USER_WATCH_FUNCTIONS; i++) {
        if (!wanted(w, i))
            continue;
        uint32_t now = find(w, i);
        if (now != 0 && now != w->address[i])
            machine_watch_fetch(w->machine, now, functions[i].kind);
        w->address[i] = now;
    }
}

void user_watch_follow(struct user_watch *w, const struct event *event)
{
    if (!w->code && !w->loop)
        return;
    bool flash = strcmp(event->kind, "flash") == 0;
    const struct event_field *address = flash ? event_field(event, "address") : NULL;
    w->changed |= address != NULL && address->hex - USER_AREA < USER_SIZE;
    if (strcmp(event->kind, "reset") == 0 || (w->changed && !flash)) /* not at every word of a copy */
        user_watch_update(w);
}

bool user_watch_is_stale(const struct user_watch *w, const struct event *event)
{
    bool about = false;
    for (unsigned i = 0; i < USER_WATCH_FUNCTIONS; i++) {
        if (strcmp(event->kind, functions[i].kind) != 0)
            continue;
        const struct event_field *pc = event_field(event, "pc");
        if (wanted(w, i) && pc != NULL && pc->hex == w->address[i])
            return false;
        about = true;
    }
    return about;
}
