/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The settings (DCT) as images/dct.h writes them, given to the real systems: which copy they use, that they take what was
 * changed and made, that they join stored networks and put a pending update in place.
 */
#include <string.h>

#include "images/dct.h"
#include "images/module.h"
#include "images/verdict.h"
#include "tests/images/bench.h"

static uint8_t *settings(struct bench *b)
{
    return dct_edit(b->device->flash);
}

static void set(struct bench *b, const char *field, const char *text)
{
    g_autoptr(GError) error = NULL;
    dct_set(settings(b), dct_field_find(field), text, &error);
    g_assert_no_error(error);
}

static char *get(struct bench *b, const char *field)
{
    return dct_get(dct_current(b->device->flash), dct_field_find(field));
}

/* ---- what the system itself has written ---- */

static void written(gconstpointer data)
{
    struct bench b;
    if (!bench_open_with_keys(&b, data))
        return;
    bool plain = b.generation->bootloader == 7;
    g_assert_cmpint(dct_generation(b.device->flash), ==, plain ? DCT_PLAIN : DCT_VERSIONED);
    unsigned copies = 0;
    for (unsigned i = 0; i < DCT_COPIES; i++) {
        struct dct_copy c = dct_copy_read(b.device->flash, i);
        copies += c.complete;
        g_assert_cmpint(c.has_version, ==, !plain && !c.erased);
        g_assert_cmpint(c.crc_good, ==, c.has_version);
    }
    g_assert_cmpuint(copies, ==, plain ? 1 : 2);
    const uint8_t *copy = dct_current(b.device->flash);
    g_assert_true(dct_has_keys(copy));
    g_assert_cmpuint(dct_key_size(copy, dct_field_find("public-key")), ==, 162);
    g_autofree char *key = dct_describe(copy, dct_field_find("private-key"));
    g_assert_true(g_str_has_prefix(key, "RSA-1024, "));
    uint8_t slot0[MODULE_SLOT_SIZE];
    module_slot_write(&verdict_factory_slot, slot0);
    g_assert_cmpmem(copy + dct_field_find("slot0")->offset, sizeof slot0, slot0, sizeof slot0);
    if (!plain) {
        g_autofree char *id = get(&b, "device-id");
        for (unsigned i = 0; i < sizeof b.device->unique_id; i++)
            g_assert_cmphex((uint8_t)(g_ascii_xdigit_value(id[2 * i]) << 4 | g_ascii_xdigit_value(id[2 * i + 1])), ==,
                            b.device->unique_id[i]);
    }
    bench_close(&b);
}

/* ---- which copy is used ---- */

/* A letter for each bit: i write incomplete, c current, g right CRC; then the sequence number. "-" is an erased sector. */
static void put_copy(uint8_t *flash, const uint8_t *pattern, unsigned number, const char *state)
{
    uint8_t *copy = flash + DCT_FLASH_OFFSET + number * DCT_COPY_SIZE;
    if (strcmp(state, "-") == 0) {
        memset(copy, 0xFF, DCT_COPY_SIZE);
        return;
    }
    memcpy(copy, pattern, DCT_COPY_SIZE);
    dct_set(copy, dct_field_find("wifi"), number == 0 ? "ssid=one" : "ssid=two", NULL);
    bool versioned = copy[DCT_VERSION_BLOCK] != 0xFF;
    if (versioned) {
        copy[DCT_VERSION_BLOCK + 13] = (uint8_t)(state[strlen(state) - 1] - '0');
        dct_sum(copy);
    }
    copy[8] = strchr(state, 'i') != NULL;
    copy[9] = strchr(state, 'c') != NULL;
    if (versioned && strchr(state, 'g') == NULL)
        copy[DCT_VERSION_BLOCK + 8] ^= 1;
}

/* The system looks for the network that is in the copy which it uses. */
static void copies(gconstpointer data)
{
    static const char *const states[][DCT_COPIES] = {
        {"cg1", "-"},   {"-", "cg1"},   {"cg1", "g2"},  {"g2", "cg1"}, {"cg1", "cg2"},  {"cg2", "cg1"},  {"cg9", "cg0"},
        {"cg1", "cg1"}, {"cg1", "c2"},  {"c2", "cg1"},  {"c1", "c2"},  {"cg1", "icg2"}, {"icg2", "cg1"}, {"c1", "g2"},
        {"g2", "c1"},   {"icg2", "c1"}, {"c1", "icg2"}, {"g1", "g2"},  {"g2", "g1"},    {"g1", "-"},     {"icg2", "g1"},
    };
    struct bench b;
    if (!bench_open_with_keys(&b, data))
        return;
    g_autofree uint8_t *pattern = g_memdup2(settings(&b), DCT_COPY_SIZE);
    g_autofree struct board_persistent *device = g_memdup2(b.device, sizeof *b.device);
    for (unsigned i = 0; i < G_N_ELEMENTS(states); i++) {
        memcpy(b.device, device, sizeof *device);
        for (unsigned k = 0; k < DCT_COPIES; k++)
            put_copy(b.device->flash, pattern, k, states[i][k]);
        int expected = dct_current_number(b.device->flash);
        g_test_message("%s %s: copy %d", states[i][0], states[i][1], expected + 1);
        if (expected < 0) /* both are formatted: see below */
            continue;
        bench_power_on(&b);
        bench_await(&b, "wifi.op=join", MS(3000));
        const struct event *join = bench_find(&b, 0, "wifi.op=join");
        g_assert_cmpstr(bench_string(join, "ssid"), ==, expected == 0 ? "one" : "two");
        bench_replace(&b);
    }
    bench_close(&b);
}

/* No copy can be used: both are formatted, and keys are made again. */
static void none(gconstpointer data)
{
    struct bench b;
    if (!bench_open_with_keys(&b, data))
        return;
    g_autofree uint8_t *pattern = g_memdup2(settings(&b), DCT_COPY_SIZE);
    for (unsigned k = 0; k < DCT_COPIES; k++)
        put_copy(b.device->flash, pattern, k, "icg1");
    g_assert_cmpint(dct_current_number(b.device->flash), ==, -1);
    bench_power_on(&b);
    bench_await(&b, "reset=software", MS(60000));
    bench_replace(&b);
    g_autofree char *wifi = get(&b, "wifi");
    g_assert_cmpstr(wifi, ==, "none");
    g_assert_true(dct_has_keys(dct_current(b.device->flash)));
    bench_close(&b);
}

/* ---- what we write ---- */

/* Made by us on a device that never ran: the system does not format it again, and all its own writes keep what we set. */
static void made(gconstpointer data)
{
    struct bench b;
    if (!bench_open(&b, data, IMAGE_ALL_PARTS))
        return;
    set(&b, "claim-code", "our own claim code");
    set(&b, "server-port", "5684");
    set(&b, "wifi", "ssid=home,psk=secretpass");
    bench_power_on(&b);
    bench_await(&b, "reset=software", MS(60000));
    bench_await(&b, "wifi.op=join", machine_now(b.machine) + MS(5000));
    g_assert_cmpstr(bench_string(bench_find(&b, 0, "wifi.op=join"), "ssid"), ==, "home");
    bench_replace(&b);
    g_autofree char *claim = get(&b, "claim-code"), *port = get(&b, "server-port"), *wifi = get(&b, "wifi");
    g_assert_cmpstr(claim, ==, "our own claim code");
    g_assert_cmpstr(port, ==, "5684");
    g_assert_cmpstr(wifi, ==, "ssid=home,psk=secretpass,security=wpa2");
    g_assert_true(dct_has_keys(dct_current(b.device->flash)));
    bench_close(&b);
}

/* Networks of all kinds, as words that say both what is stored and what is on the air. */
static void joins(gconstpointer data)
{
    static const char *const networks[] = {
        "ssid=open one",
        "ssid=a\\,b\\\\c,psk=secretpass",
        "ssid=n,security=wep,psk=0102030405",
        "ssid=n,security=wep,psk=00112233445566778899aabbcc",
        "ssid=n,security=wpa,psk=tkip pass phrase",
        "ssid=n,security=mixed,psk=mixed pass phrase",
        "ssid=an SSID of thirty-two characters,psk=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    };
    struct bench b;
    if (!bench_open_with_keys(&b, data))
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS(networks); i++) {
        set(&b, "wifi", "none");
        set(&b, "wifi", networks[i]);
        bench_power_on(&b);
        bench_input(&b, "wifi", networks[i]);
        bench_await(&b, "wifi.op=joined", MS(5000));
        g_assert_null(bench_find(&b, 0, "wifi.op=join-failed"));
        bench_replace(&b);
    }
    bench_close(&b);
}

/* A key that is not that of the network does not get in. */
static void wrong_key(gconstpointer data)
{
    struct bench b;
    if (!bench_open_with_keys(&b, data))
        return;
    set(&b, "wifi", "ssid=home,psk=wrong pass phrase");
    bench_power_on(&b);
    bench_input(&b, "wifi", "ssid=home,psk=secretpass");
    bench_await(&b, "wifi.op=join-failed", MS(10000));
    g_assert_null(bench_find(&b, 0, "wifi.op=joined"));
    bench_close(&b);
}

/* The factory image as a pending update, over an erased user area: the bootloader copies it and frees the slot. */
static void slot(gconstpointer data)
{
    enum { USER = 0x080A0000, FACTORY = 0x080E0000, SIZE = 0x20000 };
    struct bench b;
    struct module module;
    if (!bench_open_with_keys(&b, data))
        return;
    g_assert_true(module_parse(bench_flash(&b, FACTORY), SIZE, &module));
    memset(bench_flash(&b, USER), 0xFF, SIZE);
    memcpy(bench_flash(&b, 0x080C0000), bench_flash(&b, FACTORY), module.size);
    struct module_slot pending = {.magic = SLOT_PENDING,
                                  .source = 0x080C0000,
                                  .destination = USER,
                                  .length = module.size,
                                  .flags = SLOT_CHECK_CRC | SLOT_CHECK_DESTINATION | SLOT_CHECK_FUNCTION,
                                  .function = module.header.function};
    uint8_t bytes[MODULE_SLOT_SIZE];
    module_slot_write(&pending, bytes);
    const struct dct_field *field = dct_field_find("slot1");
    g_assert_true(dct_set_bytes(settings(&b), field, bytes, sizeof bytes, NULL));
    bench_power_on(&b);
    bench_await(&b, "backup.register=DR1 and backup.value=5", MS(10000));
    bench_replace(&b);
    g_assert_cmpmem(bench_flash(&b, USER), module.size, bench_flash(&b, FACTORY), module.size);
    g_assert_cmphex(module_slot_read(dct_current(b.device->flash) + field->offset).magic, !=, SLOT_PENDING);
    bench_close(&b);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(gconstpointer generation);
    } tests[] = {{"written", written}, {"copies", copies},       {"none", none}, {"made", made},
                 {"joins", joins},     {"wrong-key", wrong_key}, {"slot", slot}};
    g_test_init(&argc, &argv, NULL);
    for (int i = 0; i < GENERATIONS; i++)
        for (unsigned k = 0; k < G_N_ELEMENTS(tests); k++) {
            g_autofree char *path = g_strdup_printf("/images/dct/%s/%s", generations[i].set, tests[k].name);
            g_test_add_data_func(path, &generations[i], tests[k].test);
        }
    return bench_run_tests();
}
