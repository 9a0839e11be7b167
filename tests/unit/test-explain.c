/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Explanations of made-up event streams; the sentences are those of the right places and no others. */
#include <string.h>

#include "emu/observe/explain.h"
#include "images/dct.h"
#include "tests/unit/verdict-device.h"

enum { USER = 0x080A0000, OTA = 0x080C0000, FACTORY = 0x080E0000 };
enum { PRE_INIT = 0x080A0101, INIT = 0x080A0111, SETUP = 0x080A0121, LOOP = 0x080A0131, TABLE = 0x080A0080 };

struct stream {
    struct explain *e;
    uint8_t *flash; /* as it was when the power came */
    uint32_t backup[20];
    ticks_t now;
    uint64_t n;
};

/* ---- devices ---- */

/* An app whose table of functions is where a real one has it. */
static GByteArray *app(uint16_t version, uint16_t needs)
{
    struct fixture f = FIXTURE_USER;
    f.version = version;
    f.needs_version = needs;
    GByteArray *image = fixture_image(&f);
    static const uint32_t functions[] = {PRE_INIT, INIT, SETUP, LOOP};
    fixture_u32(image->data + 24, TABLE);
    for (unsigned i = 0; i < G_N_ELEMENTS(functions); i++)
        fixture_u32(image->data + (TABLE - USER) + 4 * i, functions[i]);
    fixture_sign(&f, image);
    return image;
}

static void put(uint8_t *flash, uint32_t where, GByteArray *image)
{
    memset(device_at(flash, where), 0xFF, 0x20000);
    memcpy(device_at(flash, where), image->data, image->len);
    g_byte_array_unref(image);
}

static uint8_t *device(void)
{
    uint8_t *flash = device_new(&test_generations[MIDDLE]);
    put(flash, USER, app(3, 108));
    put(flash, FACTORY, app(2, 6));
    return flash;
}

/* ---- events ---- */

static void publish(struct stream *s, unsigned ms, const char *kind, const struct event_field *fields, size_t n)
{
    s->now = (ticks_t)ms * TICKS_PER_MS;
    const struct event event = {.ticks = s->now, .n = ++s->n, .kind = kind, .n_fields = n, .fields = fields};
    explain_event(&event, s->e);
}

#define EVENT(S, MS, KIND, ...)                                                                                                \
    publish((S), (MS), (KIND), (const struct event_field[]){__VA_ARGS__},                                                      \
            sizeof((const struct event_field[]){__VA_ARGS__}) / sizeof(struct event_field))

static void power(struct stream *s, unsigned ms, bool on)
{
    EVENT(s, ms, "power", FIELD_BOOL("on", on));
}

static void begin(struct stream *s, uint8_t *flash)
{
    *s = (struct stream){.e = explain_new(PLATFORM_PHOTON, false), .flash = flash};
    explain_contents(s->e, flash, NULL);
    power(s, 0, true);
}

static void end(struct stream *s)
{
    explain_free(s->e);
    g_free(s->flash);
}

static void health(struct stream *s, unsigned ms, uint32_t value)
{
    EVENT(s, ms, "backup", FIELD_STRING("register", "DR1"), FIELD_HEX("value", value), FIELD_HEX("old", 0));
}

static void backup(struct stream *s, unsigned ms, const char *name, uint32_t value)
{
    EVENT(s, ms, "backup", FIELD_STRING("register", name), FIELD_HEX("value", value), FIELD_HEX("old", 0));
}

static void reset(struct stream *s, unsigned ms, const char *cause)
{
    EVENT(s, ms, "reset", FIELD_STRING("cause", cause));
}

static void setup_button(struct stream *s, unsigned ms, const char *value)
{
    EVENT(s, ms, "input", FIELD_STRING("name", "setup"), FIELD_STRING("value", value));
}

static void user_code(struct stream *s, unsigned ms, uint32_t pc)
{
    EVENT(s, ms, "user-code", FIELD_HEX("pc", pc));
}

static void erase(struct stream *s, unsigned ms, unsigned sector, uint32_t address)
{
    EVENT(s, ms, "flash", FIELD_STRING("op", "erase"), FIELD_STRING("phase", "end"), FIELD_INT("sector", sector),
          FIELD_HEX("address", address), FIELD_INT("size", 0x20000));
}

static void program(struct stream *s, unsigned ms, uint32_t address, uint32_t value)
{
    EVENT(s, ms, "flash", FIELD_STRING("op", "program"), FIELD_STRING("phase", "end"), FIELD_HEX("address", address),
          FIELD_INT("size", 4), FIELD_HEX("value", value));
}

/* What a copy of an image to the user area looks like; words: of it, all if 0. */
static void copy(struct stream *s, unsigned ms, const uint8_t *from, unsigned words)
{
    erase(s, ms, 9, USER);
    for (unsigned i = 0; i < (words != 0 ? words : 0x20000 / 4); i++) {
        const uint8_t *p = from + 4 * i;
        program(s, ms, USER + 4 * i, p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24);
    }
}

static void light(struct stream *s, unsigned ms, unsigned r, unsigned g, unsigned b)
{
    EVENT(s, ms, "light", FIELD_STRING("name", "rgb"), FIELD_INT("r", r), FIELD_INT("g", g), FIELD_INT("b", b));
}

static void led(struct stream *s, unsigned ms, const char *state)
{
    EVENT(s, ms, "led", FIELD_STRING("name", "rgb"), FIELD_STRING("state", state), FIELD_REAL("since", ms / 1000.0));
}

static void usb(struct stream *s, unsigned ms, const char *op)
{
    EVENT(s, ms, "usb", FIELD_STRING("port", "OTG_HS"), FIELD_STRING("op", op));
}

static void fault(struct stream *s, unsigned ms, const char *type, const char *cause, uint32_t pc)
{
    EVENT(s, ms, "fault", FIELD_STRING("type", type), FIELD_STRING("cause", cause), FIELD_STRING("taken", "hardfault"),
          FIELD_HEX("pc", pc));
}

/* From reset on: the system starts, and its main function after it. */
static void system_starts(struct stream *s, unsigned ms)
{
    health(s, ms, 4);
    health(s, ms + 50, 5);
}

/* ---- looking ---- */

static void says(struct stream *s, const char *words)
{
    g_autofree char *text = explain_text(s->e, EXPLAIN_LONG);
    if (strstr(text, words) == NULL)
        g_error("it does not say \"%s\":\n%s", words, text);
}

static void never_says(struct stream *s, const char *words)
{
    g_autofree char *text = explain_text(s->e, EXPLAIN_LONG);
    if (strstr(text, words) != NULL)
        g_error("it says \"%s\":\n%s", words, text);
}

#define VERDICT(S, FIELD) (explain_verdict((S)->e).FIELD)

/* ---- the user module ---- */

static void skipped(void)
{
    struct stream s;
    uint8_t *flash = device();
    put(flash, USER, app(3, 60000));
    begin(&s, flash);
    system_starts(&s, 60);
    says(&s, "0.060 s  The user module at 0x080A0000 has a good CRC but needs system part 2 version 60000; version 1502 is "
             "installed. The system skipped it (safe mode).");
    says(&s, "cure  Flash system part 2 version 60000 or newer, or build the app for 1.5.0.");
    g_assert_cmpint(VERDICT(&s, user), ==, EXPLAIN_USER_SKIPPED);
    g_assert_cmpuint(VERDICT(&s, contradictions), ==, 0);
    g_assert_false(VERDICT(&s, user_ever_ran));
    end(&s);
}

static void ran(void)
{
    struct stream s;
    begin(&s, device());
    health(&s, 60, 4);
    user_code(&s, 61, PRE_INIT & ~1u);
    health(&s, 110, 5);
    says(&s, "0.061 s  The system started the user module at 0x080A0000 (version 3).");
    never_says(&s, "wait for the cloud");
    health(&s, 1100, 0xFFFF);
    says(&s, "Its setup() and loop() wait for the cloud");
    health(&s, 1200, 7);
    says(&s, "and its setup() began");
    health(&s, 1300, 9);
    says(&s, "and its setup() and loop() ran");
    never_says(&s, "wait for the cloud");
    g_assert_cmpint(VERDICT(&s, user), ==, EXPLAIN_USER_RAN);
    g_assert_cmpuint(VERDICT(&s, contradictions), ==, 0);
    end(&s);
}

/* Not yet: the system has come to look at the module, and no further. */
static void undecided(void)
{
    struct stream s;
    begin(&s, device());
    g_assert_cmpint(VERDICT(&s, user), ==, EXPLAIN_USER_NOT_REACHED);
    health(&s, 60, 4);
    g_assert_cmpint(VERDICT(&s, user), ==, EXPLAIN_USER_NOT_REACHED);
    never_says(&s, "user module");
    end(&s);
}

static void contradicted(void)
{
    struct stream s;
    begin(&s, device());
    system_starts(&s, 60);
    says(&s, "By its header it should have run, but no code of it was executed.");
    g_assert_cmpint(VERDICT(&s, user), ==, EXPLAIN_USER_SKIPPED);
    g_assert_cmpuint(VERDICT(&s, contradictions), ==, 1);
    end(&s);

    uint8_t *flash = device();
    put(flash, USER, app(3, 60000));
    begin(&s, flash);
    health(&s, 60, 4);
    user_code(&s, 61, PRE_INIT & ~1u);
    health(&s, 110, 5);
    says(&s, "By its header the system should not have started the user module, but its code ran.");
    g_assert_cmpint(VERDICT(&s, user), ==, EXPLAIN_USER_RAN);
    g_assert_cmpuint(VERDICT(&s, contradictions), ==, 1);
    end(&s);
}

/* An address that was watched for a module that was there before is not the module's code. */
static void stale_watch(void)
{
    struct stream s;
    begin(&s, device());
    health(&s, 60, 4);
    user_code(&s, 61, 0x080A0300);
    health(&s, 110, 5);
    g_assert_cmpint(VERDICT(&s, user), ==, EXPLAIN_USER_SKIPPED);
    end(&s);
}

static void asked_for_safe_mode(void)
{
    struct stream s;
    begin(&s, device());
    setup_button(&s, 0, "pressed");
    setup_button(&s, 1500, "released");
    backup(&s, 1501, "DR4", 0x1ADEACC0);
    backup(&s, 1501, "DR8", 0xFF01FFFF);
    system_starts(&s, 1510);
    says(&s, "SETUP was held for 1.5 s from the start on (blinking magenta): the bootloader asked for safe mode.");
    says(&s, "Safe mode is asked for");
    says(&s, "The system skipped the user module");
    g_assert_cmpuint(VERDICT(&s, contradictions), ==, 0);
    end(&s);
}

/* ---- the factory image ---- */

static void always_tinker(void)
{
    struct stream s;
    uint8_t *flash = device();
    memset(device_at(flash, USER), 0xFF, 0x20000);
    begin(&s, flash);
    backup(&s, 5, "DR4", 0x1ADEACC0);
    backup(&s, 5, "DR7", 0xFFFFFFFF);
    backup(&s, 5, "DR8", 0xFF00FFFF);
    health(&s, 60, 4);
    backup(&s, 70, "DR7", 0xFFFFAAAA);
    reset(&s, 71, "software");
    g_assert_cmpint(VERDICT(&s, user), ==, EXPLAIN_USER_REPLACED);
    copy(&s, 1100, device_at(flash, FACTORY), 0);
    backup(&s, 1600, "DR7", 0xD001FFFF);
    reset(&s, 1601, "software");
    health(&s, 1660, 4);
    user_code(&s, 1661, PRE_INIT & ~1u);
    backup(&s, 1662, "DR7", 0xFFFFFFFF);
    reset(&s, 1663, "software");
    health(&s, 1700, 4);
    user_code(&s, 1701, PRE_INIT & ~1u);
    health(&s, 1750, 5);
    says(&s, "The user module is missing: 0x080A0000 to 0x080BFFFF is erased. The system asked for a factory reset");
    says(&s, "The bootloader copied the factory image (version 2) over the user module, as it was asked to (factory reset, LED "
             "green).");
    says(&s, "The system reset the device to be rid of the watchdog");
    says(&s, "The system started the user module at 0x080A0000 (version 2).");
    g_assert_true(VERDICT(&s, factory_restored));
    g_assert_cmpint(VERDICT(&s, user), ==, EXPLAIN_USER_RAN);
    g_assert_cmpuint(VERDICT(&s, resets), ==, 3);
    g_assert_cmphex(VERDICT(&s, sectors), ==, 1 << 9);
    g_assert_cmpuint(VERDICT(&s, contradictions), ==, 0);
    end(&s);
}

/* DR1 stays at 4, so that nothing but the LED tells of the system. */
static void endless_loop(void)
{
    struct stream s;
    uint8_t *flash = device();
    memset(device_at(flash, USER), 0xFF, 0x20000);
    device_at(flash, FACTORY)[300] ^= 1;
    begin(&s, flash);
    backup(&s, 5, "DR4", 0x1ADEACC0);
    backup(&s, 5, "DR7", 0xFFFFFFFF);
    health(&s, 60, 4);
    for (unsigned i = 0, ms = 100; i < 1000; i++, ms += 100) {
        light(&s, ms, 255, 255, 255);
        backup(&s, ms + 10, "DR7", 0xFFFFAAAA);
        reset(&s, ms + 11, "software");
        light(&s, ms + 20, 0, 255, 0);
        backup(&s, ms + 30, "DR7", 0xFFFFFFFF);
        reset(&s, ms + 31, "software");
    }
    g_assert_true(VERDICT(&s, looping));
    g_assert_true(VERDICT(&s, factory_refused));
    g_assert_false(VERDICT(&s, factory_restored));
    g_assert_cmpuint(VERDICT(&s, contradictions), ==, 0);
    says(&s,
         "The bootloader refused the factory reset, as it was asked to, and erased nothing. The CRC of the image at 0x080E0000 "
         "is wrong.");
    says(&s, "The same happened 999 more times, every 0.10 s; it never ends.");
    end(&s);
}

/* A button ends what would not have ended. */
static void loop_ended(void)
{
    struct stream s;
    begin(&s, device());
    for (unsigned i = 0; i < 5; i++) {
        health(&s, 100 * i + 50, 4);
        reset(&s, 100 * i + 90, "software");
    }
    g_assert_true(VERDICT(&s, looping));
    says(&s, "it never ends.");
    reset(&s, 550, "pin");
    system_starts(&s, 600);
    g_assert_false(VERDICT(&s, looping));
    says(&s, "The same happened 4 more times, every 0.10 s.");
    never_says(&s, "it never ends.");
    end(&s);
}

static void two_rounds_are_no_loop(void)
{
    struct stream s;
    begin(&s, device());
    for (unsigned i = 0; i < 2; i++) {
        health(&s, 100 * i + 50, 4);
        user_code(&s, 100 * i + 51, PRE_INIT & ~1u);
        health(&s, 100 * i + 60, 5);
        reset(&s, 100 * i + 90, "software");
    }
    g_assert_false(VERDICT(&s, looping));
    never_says(&s, "The same happened");
    /* three by the RESET button are none either */
    for (unsigned i = 2; i < 6; i++) {
        health(&s, 100 * i + 50, 4);
        user_code(&s, 100 * i + 51, PRE_INIT & ~1u);
        health(&s, 100 * i + 60, 5);
        reset(&s, 100 * i + 90, "pin");
    }
    g_assert_false(VERDICT(&s, looping));
    g_assert_cmpuint(VERDICT(&s, resets), ==, 2);
    end(&s);
}

static void watchdog_chain(void)
{
    struct stream s;
    begin(&s, device());
    EVENT(&s, 10, "watchdog", FIELD_STRING("name", "IWDG"), FIELD_STRING("op", "start"), FIELD_INT("timeout_ms", 5000));
    health(&s, 60, 2);
    reset(&s, 5060, "iwdg");
    copy(&s, 6000, device_at(s.flash, FACTORY), 0);
    reset(&s, 6500, "software");
    says(&s, "5.060 s  The watchdog reset the device, for nothing had served it in time");
    says(&s, "over the user module, after the second watchdog reset in a row");
    g_assert_true(VERDICT(&s, factory_restored));
    end(&s);
}

/* ---- updates ---- */

static void set_slot(uint8_t *flash, uint16_t magic, uint32_t length)
{
    uint8_t bytes[MODULE_SLOT_SIZE];
    const struct module_slot slot = {.magic = magic,
                                     .source = OTA,
                                     .destination = USER,
                                     .length = length,
                                     .flags = SLOT_CHECK_CRC | SLOT_CHECK_DESTINATION | SLOT_CHECK_FUNCTION,
                                     .function = MODULE_USER_PART};
    module_slot_write(&slot, bytes);
    g_autoptr(GError) error = NULL;
    dct_set_bytes(dct_edit(flash), dct_field_find("slot1"), bytes, sizeof bytes, &error);
    g_assert_no_error(error);
}

/* The bootloader frees the slot: the copy of the settings is written anew, as words. */
static void free_slot(struct stream *s, unsigned ms, uint8_t *flash)
{
    g_autofree uint8_t *after = g_memdup2(flash, 0x100000);
    set_slot(after, 0xFFFF, 0xFFFFFFFF);
    EVENT(s, ms, "flash", FIELD_STRING("op", "erase"), FIELD_STRING("phase", "end"), FIELD_INT("sector", 1),
          FIELD_HEX("address", 0x08004000), FIELD_INT("size", 0x4000));
    for (uint32_t i = 0; i < 0x4000; i += 4) {
        const uint8_t *p = after + 0x4000 + i;
        program(s, ms, 0x08004000 + i, p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24);
    }
}

static uint8_t *device_with_update(void)
{
    uint8_t *flash = device();
    put(flash, OTA, app(9, 108));
    set_slot(flash, SLOT_PENDING, 1004);
    return flash;
}

static void update_applied(void)
{
    struct stream s;
    begin(&s, device_with_update());
    free_slot(&s, 10, s.flash);
    copy(&s, 1200, device_at(s.flash, OTA), 1004 / 4);
    health(&s, 1300, 4);
    user_code(&s, 1301, PRE_INIT & ~1u);
    health(&s, 1350, 5);
    says(&s,
         "1.200 s  The bootloader applied a pending update (LED magenta): it copied the image from 0x080C0000 over the user "
         "module, at 0x080A0000.");
    says(&s, "The system started the user module at 0x080A0000 (version 9).");
    g_assert_cmpuint(VERDICT(&s, slots_applied), ==, 1);
    g_assert_cmpuint(VERDICT(&s, slots_dropped), ==, 0);
    g_assert_cmpuint(VERDICT(&s, contradictions), ==, 0);
    end(&s);
}

static void update_dropped(void)
{
    struct stream s;
    uint8_t *flash = device_with_update();
    device_at(flash, OTA)[500] ^= 0x10;
    begin(&s, flash);
    free_slot(&s, 10, flash);
    health(&s, 60, 4);
    user_code(&s, 61, PRE_INIT & ~1u);
    says(&s, "The bootloader dropped a pending update and erased nothing. The CRC of the image at 0x080C0000 is wrong.");
    g_assert_cmpuint(VERDICT(&s, slots_dropped), ==, 1);
    g_assert_cmpuint(VERDICT(&s, contradictions), ==, 0);
    end(&s);

    begin(&s, device_with_update()); /* though it is good */
    free_slot(&s, 10, s.flash);
    health(&s, 60, 4);
    says(&s, "By its header it should have applied it");
    g_assert_cmpuint(VERDICT(&s, contradictions), ==, 1);
    end(&s);
}

static void update_cut_short(void)
{
    struct stream s;
    begin(&s, device_with_update());
    free_slot(&s, 10, s.flash);
    copy(&s, 1200, device_at(s.flash, OTA), 100);
    EVENT(&s, 1210, "flash", FIELD_STRING("op", "program"), FIELD_STRING("phase", "cut"), FIELD_HEX("address", USER + 400),
          FIELD_INT("size", 4), FIELD_HEX("value", 0), FIELD_STRING("left", "old"));
    power(&s, 1210, false);
    says(&s,
         "The copy of a pending update to 0x080A0000 was cut short, so that the user module is incomplete. The bootloader had "
         "forgotten the update");
    says(&s, "The power went while 0x080A0190 was being programmed.");
    power(&s, 2000, true);
    system_starts(&s, 2060);
    says(&s, "The user module at 0x080A0000 has a valid header but a wrong CRC");
    g_assert_cmpint(VERDICT(&s, user), ==, EXPLAIN_USER_SKIPPED);
    g_assert_cmpuint(VERDICT(&s, slots_applied), ==, 0);
    end(&s);
}

/* A reset is told before what it left of the operation that it cut short. */
static void update_cut_by_reset(void)
{
    struct stream s;
    begin(&s, device_with_update());
    free_slot(&s, 10, s.flash);
    EVENT(&s, 300, "flash", FIELD_STRING("op", "erase"), FIELD_STRING("phase", "begin"), FIELD_INT("sector", 9),
          FIELD_HEX("address", USER), FIELD_INT("size", 0x20000));
    reset(&s, 400, "pin");
    const struct event_field cut[] = {FIELD_STRING("op", "erase"), FIELD_STRING("phase", "cut"), FIELD_INT("sector", 9),
                                      FIELD_HEX("address", USER),  FIELD_INT("size", 0x20000),   FIELD_STRING("left", "mixed")};
    const struct event event = {.kind = "flash", .n_fields = G_N_ELEMENTS(cut), .fields = cut};
    g_assert_true(explain_event_hides_flash(&event));
    publish(&s, 400, "flash", cut, G_N_ELEMENTS(cut));
    g_autofree uint8_t *left = g_memdup2(s.flash, 0x100000);
    device_at(left, USER)[600] = 0xFF; /* of the body; the rest has survived */
    explain_flash(s.e, left);
    system_starts(&s, 500);
    says(&s, "The copy of a pending update to 0x080A0000 was cut short");
    says(&s, "The device was reset while sector 9 was being erased.");
    says(&s, "The user module at 0x080A0000 has a valid header but a wrong CRC");
    g_assert_cmpuint(VERDICT(&s, slots_dropped), ==, 0);
    g_assert_cmpuint(VERDICT(&s, contradictions), ==, 0);
    end(&s);
}

/* ---- DFU mode ---- */

static void dfu_by_button(void)
{
    struct stream s;
    begin(&s, device());
    setup_button(&s, 0, "pressed");
    setup_button(&s, 3300, "released");
    usb(&s, 3301, "connect");
    led(&s, 3700, "blinking yellow");
    says(&s, "SETUP was held for 3.3 s from the start on: the bootloader went into DFU mode");
    g_assert_true(VERDICT(&s, dfu));
    erase(&s, 9000, 9, USER);
    program(&s, 9001, USER, 0x12345678);
    says(&s, "In DFU mode the host had sector 9 (the user module) erased and programmed.");
    end(&s);
}

static void dfu_by_request(void)
{
    struct stream s;
    uint8_t *flash = device();
    s = (struct stream){.e = explain_new(PLATFORM_PHOTON, true), .flash = flash};
    s.backup[1] = 0xEDFA;
    explain_contents(s.e, flash, s.backup);
    power(&s, 0, true);
    health(&s, 5, 0xFFFF);
    usb(&s, 10, "connect");
    says(&s, "The bootloader went into DFU mode (blinking yellow) because the system had asked for it (0xEDFA in DR1).");
    g_assert_true(VERDICT(&s, dfu));
    end(&s);

    begin(&s, device()); /* the running system's own port */
    system_starts(&s, 60);
    usb(&s, 115, "connect");
    g_assert_false(VERDICT(&s, dfu));
    end(&s);
}

/* ---- faults ---- */

/* In milliseconds: on, off; SOS, then the code. */
static unsigned blink_sos(struct stream *s, unsigned ms, unsigned code)
{
    static const unsigned on[] = {150, 150, 150, 300, 300, 300, 150, 150, 150};
    for (unsigned i = 0; i < 9 + code; i++) {
        light(s, ms, 255, 0, 0);
        ms += i < 9 ? on[i] : 300;
        light(s, ms, 0, 0, 0);
        ms += i < 8 ? (i % 3 == 2 ? 200 : 100) : i == 8 ? 1000 : 300;
    }
    return ms + 800;
}

static void sos(void)
{
    struct stream s;
    begin(&s, device());
    health(&s, 60, 4);
    user_code(&s, 61, PRE_INIT & ~1u);
    health(&s, 110, 5);
    health(&s, 115, 7);
    fault(&s, 1200, "usagefault", "DIVBYZERO", 0x080A0200);
    unsigned ms = blink_sos(&s, 1300, 5);
    g_assert_cmpuint(VERDICT(&s, sos_code), ==, 0); /* it could be six */
    says(&s, "a code that was not seen to its end");
    ms = blink_sos(&s, ms, 5);
    says(&s, "The code at 0x080A0200 in the user module divided by zero (usagefault, DIVBYZERO).");
    says(&s, "SOS in red, then 5 blinks: usage fault.");
    says(&s, "cure  Correct the app there");
    g_assert_true(VERDICT(&s, crashed));
    g_assert_cmpuint(VERDICT(&s, sos_code), ==, 5);
    reset(&s, ms, "software");
    says(&s, "The system reset the device after the SOS.");
    g_assert_false(VERDICT(&s, crashed));
    end(&s);
}

static void no_sos(void)
{
    struct stream s;
    begin(&s, device());
    for (unsigned ms = 0; ms < 10000; ms += 200) { /* blinking red is none */
        light(&s, ms, 255, 0, 0);
        light(&s, ms + 100, 0, 0, 0);
    }
    g_assert_false(VERDICT(&s, crashed));
    never_says(&s, "SOS");
    end(&s);
}

static void locked_up(void)
{
    struct stream s;
    uint8_t *flash = device();
    device_put_part(flash, 1, 17, 0, 0);
    begin(&s, flash);
    health(&s, 20, 4);
    fault(&s, 26, "usagefault", "INVSTATE", 0x0000C190);
    EVENT(&s, 26, "fault", FIELD_STRING("type", "lockup"), FIELD_HEX("pc", 0x2000010C));
    says(&s, "System part 2 at 0x08060000 has a good CRC but needs system part 1 version 1502; version 17 is installed.");
    says(&s, "The program went on at 0x0000C190, which is no function");
    says(&s, "the processor locked up: nothing runs until a reset, and no watchdog is running.");
    says(&s, "cure  Flash system 1.5.0 or newer, both parts of the same release");
    g_assert_true(VERDICT(&s, locked_up));
    g_assert_cmpint(VERDICT(&s, user), ==, EXPLAIN_USER_NOT_REACHED);
    end(&s);
}

/* ---- the network ---- */

static void listening(void)
{
    struct stream s;
    begin(&s, device());
    health(&s, 60, 4);
    user_code(&s, 61, PRE_INIT & ~1u);
    health(&s, 110, 5);
    EVENT(&s, 2000, "wifi", FIELD_STRING("op", "softap-up"), FIELD_STRING("ssid", "Photon-ABCD"));
    says(&s,
         "2.000 s  The device went into listening mode (blinking blue), with a network of its own, \"Photon-ABCD\", because no "
         "Wi-Fi network is stored in it.");
    g_assert_true(VERDICT(&s, listening));
    end(&s);

    begin(&s, device());
    system_starts(&s, 60);
    setup_button(&s, 2000, "pressed");
    led(&s, 5100, "blinking blue");
    setup_button(&s, 5500, "released");
    says(&s, "because SETUP was held for 3 s");
    end(&s);
}

static void no_radio(void)
{
    for (unsigned present = 0; present < 2; present++) {
        struct stream s;
        begin(&s, device());
        EVENT(&s, 1, "pin", FIELD_STRING("pin", "PC1"), FIELD_INT("level", 1), FIELD_STRING("drive", "output"));
        system_starts(&s, 60);
        EVENT(&s, 200, "pin", FIELD_STRING("pin", "PC1"), FIELD_INT("level", 1), FIELD_STRING("drive", "output"));
        if (present)
            EVENT(&s, 200, "wifi", FIELD_STRING("op", "power"), FIELD_BOOL("on", true));
        health(&s, 1000, 0xFFFF);
        if (present)
            never_says(&s, "none answered");
        else
            says(&s, "0.200 s  The system switched the radio on, and none answered");
        end(&s);
    }
}

static uint8_t *device_with_network(void)
{
    uint8_t *flash = device();
    struct dct_network network = {.ssid = "home", .ssid_length = 4, .security = DCT_WPA2_AES};
    dct_network_add(dct_edit(flash), &network);
    return flash;
}

/* A reset of the networks comes after the system has looked at the user module. */
static void listening_after_wifi_reset(void)
{
    struct stream s;
    begin(&s, device_with_network());
    system_starts(&s, 60);
    erase(&s, 300, 1, 0x08004000);
    EVENT(&s, 2000, "wifi", FIELD_STRING("op", "softap-up"), FIELD_STRING("ssid", "Photon-ABCD"));
    says(&s, "The stored Wi-Fi networks were deleted.");
    says(&s, "because no Wi-Fi network is stored in it");
    end(&s);

    begin(&s, device_with_network());
    system_starts(&s, 60);
    EVENT(&s, 2000, "wifi", FIELD_STRING("op", "softap-up"), FIELD_STRING("ssid", "Photon-ABCD"));
    says(&s, "though 1 Wi-Fi network is stored in it");
    end(&s);
}

static void wrong_key(void)
{
    struct stream s;
    begin(&s, device_with_network());
    system_starts(&s, 60);
    for (unsigned i = 0; i < 3; i++) {
        EVENT(&s, 1000 * i + 500, "wifi", FIELD_STRING("op", "join"), FIELD_STRING("ssid", "home"));
        EVENT(&s, 1000 * i + 900, "wifi", FIELD_STRING("op", "join-failed"), FIELD_STRING("ssid", "home"),
              FIELD_STRING("reason", "wrong key"));
    }
    says(&s, "The device could not join the Wi-Fi network \"home\" (blinking green): wrong key. It keeps trying.");
    says(&s, "cure  Store the right key for \"home\"");
    never_says(&s, "listening mode (blinking blue)");
    end(&s);
}

static void no_address(void)
{
    struct stream s;
    begin(&s, device_with_network());
    system_starts(&s, 60);
    EVENT(&s, 500, "wifi", FIELD_STRING("op", "join"), FIELD_STRING("ssid", "home"));
    EVENT(&s, 900, "wifi", FIELD_STRING("op", "joined"), FIELD_STRING("ssid", "home"));
    EVENT(&s, 1000, "net", FIELD_STRING("interface", "station"), FIELD_STRING("direction", "tx"),
          FIELD_STRING("protocol", "DHCP"));
    never_says(&s, "got no answer");
    led(&s, 5000, "blinking green");
    says(&s, "It asked for an address there (DHCP) and got no answer");
    EVENT(&s, 5100, "network", FIELD_STRING("op", "lease"), FIELD_STRING("interface", "station"),
          FIELD_STRING("address", "10.0.2.15"));
    never_says(&s, "got no answer");
    EVENT(&s, 5200, "network", FIELD_STRING("op", "name"), FIELD_STRING("interface", "station"),
          FIELD_STRING("name", "device.spark.io"), FIELD_STRING("address", ""));
    led(&s, 5500, "blinking cyan");
    says(&s, "It could not reach the cloud (blinking cyan): the name device.spark.io is not known there.");
    led(&s, 9000, "breathing cyan");
    says(&s, "It is connected to the cloud (breathing cyan).");
    never_says(&s, "could not reach the cloud");
    end(&s);
}

/* ---- forms ---- */

static void short_form(void)
{
    struct stream s;
    uint8_t *flash = device();
    memset(device_at(flash, USER), 0xFF, 0x20000);
    device_at(flash, FACTORY)[300] ^= 1;
    begin(&s, flash);
    g_autofree char *nothing = explain_text(s.e, EXPLAIN_SHORT);
    g_assert_cmpstr(nothing, ==, "0.000 s  The device was switched on.\n");
    backup(&s, 5, "DR4", 0x1ADEACC0);
    health(&s, 60, 4);
    fault(&s, 70, "busfault", "IBUSERR", 0x30000000);
    EVENT(&s, 80, "wifi", FIELD_STRING("op", "softap-up"), FIELD_STRING("ssid", "A network with quite a long name"));
    blink_sos(&s, 100, 1);
    health(&s, 20000, 5);
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    explain_print(s.e, EXPLAIN_SHORT, file);
    fclose(file);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_assert_cmpstr(lines[0], ==, "");
    g_assert_cmpstr(lines[1], ==, "What happened");
    unsigned n = 0;
    for (char **line = lines + 2; *line != NULL && **line != '\0'; line++, n++)
        g_assert_cmpint(g_utf8_strlen(*line, -1), <=, EXPLAIN_COLUMNS);
    g_assert_cmpuint(n, >=, 2);
    g_assert_cmpuint(n, <=, EXPLAIN_SHORT_LINES);
    free(text);
    end(&s);
}

static void nothing_without_power(void)
{
    struct explain *e = explain_new(PLATFORM_PHOTON, false);
    g_autofree char *text = explain_text(e, EXPLAIN_LONG);
    g_assert_cmpstr(text, ==, "");
    g_assert_cmpint(explain_verdict(e).user, ==, EXPLAIN_USER_NOT_REACHED);
    explain_free(e);
}

/* Backup registers are lost with the power, unless there is a battery: a request of the life before is none then. */
static void power_cycle(void)
{
    for (unsigned battery = 0; battery < 2; battery++) {
        struct stream s = {.e = explain_new(PLATFORM_PHOTON, battery != 0), .flash = device()};
        explain_contents(s.e, s.flash, NULL);
        power(&s, 0, true);
        system_starts(&s, 60);
        health(&s, 500, 0xEDFA);
        power(&s, 1000, false);
        power(&s, 1000, true);
        usb(&s, 1010, "connect");
        if (battery != 0)
            says(&s, "because the system had asked for it");
        else
            says(&s, "for a reason that was not seen");
        end(&s);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *name;
        void (*test)(void);
    } tests[] = {{"skipped", skipped},
                 {"ran", ran},
                 {"undecided", undecided},
                 {"contradicted", contradicted},
                 {"stale-watch", stale_watch},
                 {"safe-mode", asked_for_safe_mode},
                 {"always-tinker", always_tinker},
                 {"endless-loop", endless_loop},
                 {"loop-ended", loop_ended},
                 {"no-loop", two_rounds_are_no_loop},
                 {"watchdog-chain", watchdog_chain},
                 {"update-applied", update_applied},
                 {"update-dropped", update_dropped},
                 {"update-cut-short", update_cut_short},
                 {"update-cut-by-reset", update_cut_by_reset},
                 {"dfu-by-button", dfu_by_button},
                 {"dfu-by-request", dfu_by_request},
                 {"sos", sos},
                 {"no-sos", no_sos},
                 {"locked-up", locked_up},
                 {"listening", listening},
                 {"listening-after-wifi-reset", listening_after_wifi_reset},
                 {"no-radio", no_radio},
                 {"wrong-key", wrong_key},
                 {"no-address", no_address},
                 {"short-form", short_form},
                 {"no-power", nothing_without_power},
                 {"power-cycle", power_cycle}};
    for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strdup_printf("/explain/%s", tests[i].name);
        g_test_add_func(path, tests[i].test);
    }
    return g_test_run();
}
