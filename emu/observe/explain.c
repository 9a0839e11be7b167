/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events to observations. */
#include "emu/observe/explain.h"

#include <string.h>

#include "emu/observe/explain-internal.h"
#include "images/dct.h"
#include "images/set.h"

/* ---- fields ---- */

static const char *string_of(const struct event *event, const char *name)
{
    const struct event_field *field = event_field(event, name);
    return field != NULL && field->type == EVENT_STRING && field->string != NULL ? field->string : "";
}

static bool is(const struct event *event, const char *name, const char *value)
{
    return strcmp(string_of(event, name), value) == 0;
}

static int64_t number_of(const struct event *event, const char *name)
{
    const struct event_field *field = event_field(event, name);
    if (field == NULL)
        return 0;
    return field->type == EVENT_INT    ? field->integer
           : field->type == EVENT_HEX  ? (int64_t)field->hex
           : field->type == EVENT_BOOL ? field->boolean
                                       : 0;
}

/* ---- verdicts ---- */

static void judgement_clear(void *data)
{
    struct judgement *j = data;
    verdicts_free(j->verdicts);
}

void judgement_release(struct judgement *judgement)
{
    if (judgement != NULL)
        g_rc_box_release_full(judgement, judgement_clear);
}

static unsigned stored_networks(const uint8_t *copy)
{
    unsigned n = 0;
    struct dct_network network;
    for (unsigned i = 0; copy != NULL && i < DCT_NETWORKS; i++)
        n += dct_network_get(copy, i, &network);
    return n;
}

struct judgement *explain_judge(struct explain *e)
{
    if (e->judgement == NULL) {
        struct judgement *j = g_rc_box_new0(struct judgement);
        const uint8_t *copy = dct_current(e->flash);
        j->facts = VERDICT_FACTS_DEFAULT;
        j->facts.platform = e->platform;
        dct_facts(e->flash, e->backup, &j->facts);
        j->verdicts = verdicts_new(e->flash, &j->facts);
        j->networks = stored_networks(copy);
        j->keys = copy != NULL && dct_has_keys(copy);
        e->judgement = j;
    }
    return g_rc_box_acquire(e->judgement);
}

static void contents_changed(struct explain *e)
{
    judgement_release(e->judgement);
    e->judgement = NULL;
}

/* What no event tells. */
static void look_into_flash(struct explain *e)
{
    if (e->machine != NULL)
        memcpy(e->flash, board_flash(e->machine), IMAGE_FLASH_SIZE);
}

/* The system has come, or is about to come, to the user module: what lies there now is what it sees. */
static void decide(struct explain *e)
{
    if (e->boot->then == NULL)
        e->boot->then = explain_judge(e);
}

static void see_system(struct explain *e)
{
    if (e->boot->system == TICKS_NEVER)
        e->boot->system = e->now;
}

/* ---- from start to start ---- */

static void add_up(struct explain_verdict *t, const struct boot *b)
{
    for (unsigned i = 1; i < MODULE_SLOTS; i++) {
        t->slots_applied += b->slot_copied[i];
        t->slots_dropped += b->slot_dropped[i];
        t->slots_ignored += b->slot_ignored[i];
    }
    t->factory_restored |= b->factory_copied;
    t->factory_refused |= b->factory_refused;
    t->update_accepted |= b->update_accepted;
    t->update_refused |= b->update_refused;
    t->user_ever_ran |= b->user_code != TICKS_NEVER;
    t->contradictions += b->contradictions;
    if (b->user_known)
        t->user = b->user;
    if (b->sos.code != 0)
        t->sos_code = b->sos.code;
    t->dfu = b->dfu;
    t->locked_up = b->locked_up != TICKS_NEVER;
    t->crashed = t->locked_up || b->faults->len > 0 || b->sos.seen;
    t->listening = b->radio.softap != TICKS_NEVER || b->listening != TICKS_NEVER;
}

static void close_boot(struct explain *e)
{
    if (e->boot == NULL)
        return;
    e->boot->ended = e->now;
    explain_conclude(e, e->boot);
    add_up(&e->total, e->boot);
    g_ptr_array_add(e->chapters, chapter_new(e, e->boot));
    if (e->chapters->len > 2 * CHAPTERS_KEPT) {
        g_ptr_array_remove_index(e->chapters, CHAPTERS_KEPT);
        e->dropped++;
    }
    boot_free(e->boot);
    e->boot = NULL;
}

static void power(struct explain *e, const struct event *event)
{
    bool on = number_of(event, "on") != 0;
    if (e->boot != NULL) {
        e->boot->power_off = true;
        close_boot(e);
    }
    e->powered = on;
    if (!on) {
        e->lost_backup = !e->battery;
        return;
    }
    look_into_flash(e);
    if (e->lost_backup)
        memset(e->backup, 0, sizeof e->backup);
    e->lost_backup = false;
    contents_changed(e);
    e->boot = boot_new(e, START_POWER);
}

static void note_cut(struct explain *e, bool erase, uint32_t address);

static void reset(struct explain *e, const struct event *event)
{
    static const struct {
        const char *cause;
        enum boot_start start;
    } causes[] = {{"pin", START_BUTTON},    {"software", START_SOFTWARE}, {"iwdg", START_WATCHDOG},
                  {"wwdg", START_WATCHDOG}, {"lockup", START_LOCKUP},     {"standby", START_STANDBY}};
    enum boot_start start = START_SOFTWARE;
    for (unsigned i = 0; i < G_N_ELEMENTS(causes); i++)
        if (is(event, "cause", causes[i].cause))
            start = causes[i].start;
    if (e->boot == NULL)
        return; /* without power */
    e->boot->reset = g_strdup(string_of(event, "cause"));
    e->boot->next = start;
    if (start != START_BUTTON)
        e->total.resets++;
    if (e->operates)
        note_cut(e, e->erases, e->operates_at);
    e->operates = false;
    close_boot(e);
    e->boot = boot_new(e, start);
}

/* ---- buttons and LED ---- */

/* Before that the bootloader has not looked. */
#define LOOKS_AT_BUTTON (2 * TICKS_PER_MS)

static void button(struct explain *e, const struct event *event)
{
    struct boot *b = e->boot;
    bool pressed = is(event, "value", "pressed");
    if (is(event, "name", "reset") && b != NULL && !pressed && b->start == START_BUTTON && b->runs_from == b->begun)
        b->runs_from = e->now;
    if (!is(event, "name", "setup"))
        return;
    if (b != NULL && pressed && b->system == TICKS_NEVER && e->now - b->runs_from < LOOKS_AT_BUTTON)
        b->setup_at_start = true;
    if (b != NULL && !pressed && e->setup_pressed) {
        if (b->setup_at_start && b->setup_until == TICKS_NEVER)
            b->setup_until = e->now;
        else if (b->system != TICKS_NEVER) {
            b->hold_from = e->setup_since;
            b->hold_until = e->now;
        }
    }
    e->setup_pressed = pressed;
    e->setup_since = e->now;
}

/* Told by the radio and by the LED, whichever comes first. */
static void note_listening_begins(struct explain *e)
{
    if (e->boot->radio.softap == TICKS_NEVER || e->boot->listening == TICKS_NEVER)
        e->boot->networks_listening = stored_networks(dct_current(e->flash));
}

static void led(struct explain *e, const struct event *event)
{
    struct boot *b = e->boot;
    const char *state = string_of(event, "state");
    if (!is(event, "name", "rgb"))
        return;
    const struct event_field *since = event_field(event, "since");
    ticks_t from = since != NULL && since->type == EVENT_REAL ? (ticks_t)(since->real * (double)TICKS_PER_SECOND) : e->now;
    g_free(b->led);
    b->led = g_strdup(state);
    b->led_since = MAX(from, b->begun);
    if (strcmp(state, "blinking blue") == 0 && b->listening == TICKS_NEVER) {
        b->listening = b->led_since;
        note_listening_begins(e);
    } else if (strcmp(state, "breathing cyan") == 0 && b->cloud == TICKS_NEVER)
        b->cloud = b->led_since;
    else if (strcmp(state, "breathing magenta") == 0 && b->safe_in_cloud == TICKS_NEVER)
        b->safe_in_cloud = b->led_since;
}

static void light(struct explain *e, const struct event *event)
{
    if (!is(event, "name", "rgb"))
        return;
    int64_t r = number_of(event, "r"), g = number_of(event, "g"), b = number_of(event, "b");
    if (r > 0x80 && g > 0x80 && b > 0x80 && e->boot->white == TICKS_NEVER) {
        e->boot->white = e->now;
        e->boot->at_white = explain_judge(e);
    }
    sos_light(&e->boot->sos, e->now, r > 0 && g == 0 && b == 0, r == 0 && g == 0 && b == 0);
}

/* ---- backup registers ---- */

static void health(struct explain *e, uint32_t value)
{
    struct boot *b = e->boot;
    if (b->usb != TICKS_NEVER && b->system_usb == TICKS_NEVER)
        b->system_usb = e->now;
    if (value >= HEALTH_SYSTEM && value <= HEALTH_LAST) {
        see_system(e);
        decide(e);
        b->health = MAX(b->health, value);
        if (value >= HEALTH_MAIN && b->main == TICKS_NEVER)
            b->main = e->now;
    } else if (value == 0xFFFF && b->system != TICKS_NEVER && b->healthy == TICKS_NEVER) {
        b->healthy = e->now;
        b->main = MIN(b->main, e->now); /* while it looks for keys it stays at stage 4 */
    }
}

static void backup(struct explain *e, const struct event *event)
{
    const char *name = string_of(event, "register");
    guint64 number = g_ascii_strtoull(g_str_has_prefix(name, "DR") ? name + 2 : "99", NULL, 10);
    uint32_t value = (uint32_t)number_of(event, "value");
    if (number >= BACKUP_REGISTERS)
        return;
    e->backup[number] = value;
    if (number >= 4 && number <= 8)
        contents_changed(e);
    if (e->boot != NULL && number == 1)
        health(e, value);
    else if (e->boot != NULL && number == 2)
        e->boot->reason = value;
}

/* ---- flash ---- */

static void erased(struct explain *e, unsigned sector)
{
    memset(e->flash + (board_sector_address(sector) - IMAGE_FLASH_BASE), 0xFF, board_sector_size(sector));
    e->total.sectors |= (uint16_t)(1u << sector);
    if (e->boot == NULL)
        return;
    struct sector_work *w = &e->boot->sector[sector];
    if (w->erases++ == 0 && w->bytes == 0)
        w->first = e->now;
    w->last = e->now;
}

bool explain_event_hides_flash(const struct event *event)
{
    if (strcmp(event->kind, "flash") != 0)
        return false;
    if (is(event, "phase", "cut"))
        return is(event, "left", "mixed");
    /* what a programmer stores is told without its value */
    return is(event, "op", "program") && is(event, "phase", "end") && event_field(event, "value") == NULL;
}

static void programmed(struct explain *e, const struct event *event)
{
    uint32_t address = (uint32_t)number_of(event, "address"), size = (uint32_t)number_of(event, "size");
    const struct event_field *value = event_field(event, "value");
    unsigned sector = board_sector(address);
    if (sector >= BOARD_SECTORS || size > IMAGE_FLASH_SIZE - (address - IMAGE_FLASH_BASE))
        return;
    for (uint32_t i = 0; i < size && i < 4 && value != NULL; i++)
        e->flash[address - IMAGE_FLASH_BASE + i] &= (uint8_t)(value->hex >> 8 * i);
    if (e->boot == NULL)
        return;
    struct sector_work *w = &e->boot->sector[sector];
    if (w->erases == 0 && w->bytes == 0)
        w->first = e->now;
    w->low = w->bytes == 0 ? address : MIN(w->low, address);
    w->high = MAX(w->high, address + size - 1);
    w->bytes += size;
    w->last = e->now;
}

/* In the start that is going on. */
static void note_cut(struct explain *e, bool erase, uint32_t address)
{
    struct boot *b = e->boot;
    unsigned sector = board_sector(address);
    if (sector < BOARD_SECTORS) {
        b->sector[sector].cut = true;
        b->sector[sector].last = e->now;
    }
    b->cut = e->now;
    b->cut_matters = sector != 1 && sector != 2;
    g_free(b->cut_text);
    b->cut_text =
        erase ? g_strdup_printf("sector %u was being erased", sector) : g_strdup_printf("0x%08X was being programmed", address);
}

/* A reset is told before what it did to the operation, which belongs to the start that it ended. */
static void cut(struct explain *e, const struct event *event)
{
    bool erase = is(event, "op", "erase"), by_reset = e->boot != NULL && !e->operates && e->boot->begun == e->now;
    uint32_t address = (uint32_t)number_of(event, "address");
    unsigned sector = board_sector(address);
    if (is(event, "left", "complete") && erase && sector < BOARD_SECTORS)
        erased(e, sector);
    else if (is(event, "left", "complete") && is(event, "op", "program"))
        programmed(e, event);
    contents_changed(e);
    e->operates = false;
    if (by_reset)
        boot_look_again(e, e->boot);
    else if (e->boot != NULL)
        note_cut(e, erase, address);
}

static void flash(struct explain *e, const struct event *event)
{
    if (explain_event_hides_flash(event))
        look_into_flash(e);
    if (is(event, "phase", "cut")) {
        cut(e, event);
        return;
    }
    e->operates = is(event, "phase", "begin") && event_field(event, "address") != NULL;
    e->erases = is(event, "op", "erase");
    e->operates_at = (uint32_t)number_of(event, "address");
    if (!is(event, "phase", "end"))
        return;
    if (is(event, "op", "erase"))
        erased(e, MIN((unsigned)number_of(event, "sector"), BOARD_SECTORS - 1u));
    for (unsigned i = 0; i < BOARD_SECTORS && is(event, "op", "mass-erase"); i++)
        erased(e, i);
    if (is(event, "op", "program"))
        programmed(e, event);
    if (e->judgement != NULL)
        contents_changed(e);
}

/* ---- the processor ---- */

static void fault(struct explain *e, const struct event *event)
{
    struct boot *b = e->boot;
    uint32_t pc = (uint32_t)number_of(event, "pc");
    if (is(event, "type", "lockup")) {
        b->locked_up = e->now;
        b->locked_up_pc = pc;
        return;
    }
    struct fault f = {.when = e->now, .pc = pc, .has_address = event_field(event, "address") != NULL};
    f.address = (uint32_t)number_of(event, "address");
    g_strlcpy(f.type, string_of(event, "type"), sizeof f.type);
    g_strlcpy(f.cause, string_of(event, "cause"), sizeof f.cause);
    if (b->faults->len < 8)
        g_array_append_val(b->faults, f);
    if (pc >= 0x08020000 && pc < 0x080A0000)
        see_system(e);
}

static uint32_t flash_word(const struct explain *e, uint32_t address)
{
    if (address < IMAGE_FLASH_BASE || address - IMAGE_FLASH_BASE > IMAGE_FLASH_SIZE - 4)
        return 0;
    const uint8_t *p = e->flash + (address - IMAGE_FLASH_BASE);
    return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/* One of the functions that the module's table (behind its header) names, and not an address of a module that was there before:
   those stay watched. */
static bool is_user_function(const struct explain *e, const struct event *event)
{
    const struct event_field *pc = event_field(event, "pc");
    uint32_t table = flash_word(e, 0x080A0000 + MODULE_HEADER_SIZE);
    for (unsigned i = 0; i < 4 && pc != NULL; i++)
        if (table != 0 && (flash_word(e, table + 4 * i) & ~1u) == pc->hex)
            return true;
    return false;
}

static void user_code(struct explain *e, const struct event *event)
{
    if (!is_user_function(e, event))
        return;
    see_system(e);
    decide(e);
    if (e->boot->user_code == TICKS_NEVER)
        e->boot->user_code = e->now;
}

static void user_loop(struct explain *e, const struct event *event)
{
    user_code(e, event);
    if (e->boot->user_code != TICKS_NEVER && e->boot->user_loop == TICKS_NEVER)
        e->boot->user_loop = e->now;
}

static void watchdog(struct explain *e, const struct event *event)
{
    if (is(event, "op", "start"))
        e->boot->watchdog_ms = (uint32_t)number_of(event, "timeout_ms");
}

static void stuck(struct explain *e, const struct event *event)
{
    g_free(e->boot->stuck);
    e->boot->stuck = g_strdup(string_of(event, "text"));
    e->boot->stuck_when = e->now;
}

/* ---- what is outside ---- */

static void usb(struct explain *e, const struct event *event)
{
    if (is(event, "op", "connect") && e->boot->usb == TICKS_NEVER)
        e->boot->usb = e->now;
}

static void pin(struct explain *e, const struct event *event)
{
    if (e->radio_pad != NULL && is(event, "pin", e->radio_pad) && number_of(event, "level") != 0 &&
        e->boot->radio_wanted == TICKS_NEVER && e->boot->system != TICKS_NEVER)
        e->boot->radio_wanted = e->now;
}

static struct joining *joining_of(struct explain *e, const char *ssid)
{
    GPtrArray *all = e->boot->radio.joining;
    for (unsigned i = 0; i < all->len; i++) {
        struct joining *j = g_ptr_array_index(all, i);
        if (strcmp(j->ssid, ssid) == 0)
            return j;
    }
    struct joining *j = g_new0(struct joining, 1);
    j->ssid = g_strdup(ssid);
    j->first = e->now;
    j->joined = TICKS_NEVER;
    g_ptr_array_add(all, j);
    return j;
}

static void wifi_network(struct explain *e, const struct event *event)
{
    struct joining *j = joining_of(e, string_of(event, "ssid"));
    if (is(event, "op", "join")) {
        j->tries++;
    } else if (is(event, "op", "join-failed")) {
        j->failures++;
        j->last_failure = e->now;
        g_free(j->reason);
        j->reason = g_strdup(string_of(event, "reason"));
    } else if (is(event, "op", "joined")) {
        j->joined = e->now;
        j->left = false;
    } else {
        j->left = true;
    }
}

static void wifi(struct explain *e, const struct event *event)
{
    struct radio *r = &e->boot->radio;
    const char *op = string_of(event, "op");
    if (strcmp(op, "power") == 0 && number_of(event, "on") != 0) {
        r->on = true;
        see_system(e);
        e->boot->main = MIN(e->boot->main, e->now); /* where DR1 was at a later stage all the time */
    } else if (strcmp(op, "softap-up") == 0 && r->softap == TICKS_NEVER) {
        r->softap = e->now;
        r->softap_ssid = g_strdup(string_of(event, "ssid"));
        note_listening_begins(e);
    } else if (strcmp(op, "join") == 0 || strcmp(op, "join-failed") == 0 || strcmp(op, "joined") == 0 ||
               strcmp(op, "link-lost") == 0) {
        wifi_network(e, event);
    }
}

static void net(struct explain *e, const struct event *event)
{
    struct radio *r = &e->boot->radio;
    if (!is(event, "protocol", "DHCP") || !is(event, "interface", "station") || !is(event, "direction", "tx"))
        return;
    if (r->dhcp++ == 0)
        r->first_dhcp = e->now;
}

static void network(struct explain *e, const struct event *event)
{
    struct radio *r = &e->boot->radio;
    if (is(event, "interface", "access-point"))
        return;
    char *what = NULL;
    if (is(event, "op", "lease") && r->lease == TICKS_NEVER) {
        r->lease = e->now;
        r->address = g_strdup(string_of(event, "address"));
    } else if (is(event, "op", "name") && is(event, "address", "")) {
        what = g_strdup_printf("the name %s is not known there", string_of(event, "name"));
    } else if (is(event, "op", "refused") && !is(event, "protocol", "icmp")) {
        what =
            g_strdup_printf("%s:%d may not be reached from there", string_of(event, "address"), (int)number_of(event, "port"));
    }
    if (what == NULL)
        return;
    if (r->unreachable == TICKS_NEVER)
        r->unreachable = e->now;
    g_free(r->what);
    r->what = what;
}

/* ---- all events ---- */

static const struct {
    const char *kind;
    void (*note)(struct explain *e, const struct event *event);
    bool always; /* also of a device that has no power */
} observers[] = {
    {"flash", flash, true},
    {"backup", backup, true},
    {"light", light, false},
    {"led", led, false},
    {"net", net, false},
    {"wifi", wifi, false},
    {"reset", reset, false},
    {"power", power, true},
    {"input", button, true},
    {"fault", fault, false},
    {"usb", usb, false},
    {"network", network, false},
    {"watchdog", watchdog, false},
    {"user-code", user_code, false},
    {"user-loop", user_loop, false},
    {"stuck", stuck, false},
    {"pin", pin, false},
};

void explain_event(const struct event *event, void *data)
{
    struct explain *e = data;
    e->now = event->ticks;
    for (unsigned i = 0; i < G_N_ELEMENTS(observers); i++)
        if (strcmp(observers[i].kind, event->kind) == 0) {
            if (observers[i].always || e->boot != NULL)
                observers[i].note(e, event);
            return;
        }
}

/* ---- life ---- */

struct explain *explain_new(uint16_t platform, bool battery)
{
    struct explain *e = g_new0(struct explain, 1);
    e->platform = platform;
    e->battery = battery;
    for (const char *const *name = board_names(); *name != NULL; name++)
        if (board_find(*name)->platform == platform)
            e->radio_pad = board_find(*name)->radio.reg_on;
    e->flash = g_malloc(IMAGE_FLASH_SIZE);
    memset(e->flash, 0xFF, IMAGE_FLASH_SIZE);
    e->chapters = g_ptr_array_new_with_free_func(chapter_free);
    return e;
}

void explain_free(struct explain *e)
{
    if (e == NULL)
        return;
    explain_detach(e);
    boot_free(e->boot);
    judgement_release(e->judgement);
    g_ptr_array_unref(e->chapters);
    g_free(e->flash);
    g_free(e);
}

void explain_contents(struct explain *e, const uint8_t *contents, const uint32_t *registers)
{
    memcpy(e->flash, contents, IMAGE_FLASH_SIZE);
    if (registers != NULL)
        memcpy(e->backup, registers, sizeof e->backup);
    else
        memset(e->backup, 0, sizeof e->backup);
    e->lost_backup = false;
    contents_changed(e);
}

void explain_flash(struct explain *e, const uint8_t *contents)
{
    memcpy(e->flash, contents, IMAGE_FLASH_SIZE);
    contents_changed(e);
}

void explain_attach(struct explain *e, struct machine *m)
{
    e->machine = m;
    machine_subscribe(m, explain_event, e);
}

void explain_detach(struct explain *e)
{
    if (e->machine != NULL)
        machine_unsubscribe(e->machine, explain_event, e);
    e->machine = NULL;
}

const char *explain_user_name(enum explain_user user)
{
    static const char *const names[] = {"not-reached", "skipped", "replaced", "ran"};
    return user < G_N_ELEMENTS(names) ? names[user] : "unknown";
}

struct explain_verdict explain_verdict(struct explain *e)
{
    struct explain_verdict v = e->total;
    v.looping = explain_repeats(e);
    if (e->boot != NULL) {
        explain_conclude(e, e->boot);
        add_up(&v, e->boot);
    }
    return v;
}
