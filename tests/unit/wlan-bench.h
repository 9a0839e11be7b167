/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bench for the radio's firmware: commands go in as the control channel delivers them, events are collected as lines. */
#ifndef TESTS_UNIT_WLAN_BENCH_H
#define TESTS_UNIT_WLAN_BENCH_H

#include "peripherals/bcm43362/bytes.h"
#include "peripherals/bcm43362/internal.h"
#include "tests/unit/device-test.h"

enum { GET_VAR = 262, SET_VAR = 263 };
#define STA BCM43362_STATION
#define AP  BCM43362_ACCESS_POINT

struct wlan_bench {
    struct machine *m;
    struct device *dev;
    GString *published; /* "op ssid=...;" */
    GPtrArray *frames;  /* of GBytes: the last events drained, whole frames from the Ethernet header on */
};

static inline void wlan_note(const struct event *event, void *data)
{
    GString *log = data;
    if (strcmp(event->kind, "wifi") != 0 || strcmp(event_field(event, "op")->string, "ioctl") == 0)
        return;
    for (size_t i = 0; i < event->n_fields; i++) {
        const struct event_field *f = &event->fields[i];
        if (i > 0)
            g_string_append_printf(log, " %s=", f->name);
        if (f->type == EVENT_STRING)
            g_string_append(log, f->string);
        else
            g_string_append_printf(log, "%" G_GINT64_FORMAT, f->integer);
    }
    g_string_append_c(log, ';');
}

/* ---- commands ---- */

static inline int32_t wlan_set(struct wlan_bench *b, unsigned interface, uint32_t cmd, const void *data, size_t length)
{
    uint8_t *copy = g_memdup2(data, length); /* of its exact size, so that a stray access shows */
    int32_t status = firmware_ioctl(b->dev, interface, cmd, true, copy, length);
    g_free(copy);
    return status;
}

static inline int32_t wlan_set32(struct wlan_bench *b, unsigned interface, uint32_t cmd, uint32_t value)
{
    uint8_t bytes[4];
    put32(bytes, value);
    return wlan_set(b, interface, cmd, bytes, sizeof bytes);
}

static inline int32_t wlan_get(struct wlan_bench *b, unsigned interface, uint32_t cmd, void *data, size_t length)
{
    return firmware_ioctl(b->dev, interface, cmd, false, data, length);
}

static inline int32_t wlan_set_var(struct wlan_bench *b, unsigned interface, const char *name, const void *value, size_t length)
{
    size_t n = strlen(name) + 1;
    uint8_t *data = g_malloc(n + length);
    memcpy(data, name, n);
    if (length > 0)
        memcpy(data + n, value, length);
    int32_t status = firmware_ioctl(b->dev, interface, SET_VAR, true, data, n + length);
    g_free(data);
    return status;
}

static inline int32_t wlan_set_var32(struct wlan_bench *b, const char *name, uint32_t value)
{
    uint8_t bytes[4];
    put32(bytes, value);
    return wlan_set_var(b, STA, name, bytes, sizeof bytes);
}

/* A variable of an interface: the index stands before the value. */
static inline int32_t wlan_set_var32_of(struct wlan_bench *b, const char *name, uint32_t index, uint32_t value)
{
    uint8_t bytes[8];
    put32(bytes, index);
    put32(bytes + 4, value);
    return wlan_set_var(b, STA, name, bytes, sizeof bytes);
}

/* value: argument in, answer out. */
static inline int32_t wlan_get_var(struct wlan_bench *b, unsigned interface, const char *name, void *value, size_t length)
{
    size_t n = strlen(name) + 1;
    uint8_t *data = g_malloc(n + length);
    memcpy(data, name, n);
    memcpy(data + n, value, length);
    int32_t status = firmware_ioctl(b->dev, interface, GET_VAR, false, data, n + length);
    memcpy(value, data, length);
    g_free(data);
    return status;
}

/* The events that the host wants for an interface. */
static inline void wlan_want(struct wlan_bench *b, uint32_t interface, const unsigned *types, unsigned count)
{
    uint8_t bytes[4 + 18] = {0};
    put32(bytes, interface);
    for (unsigned i = 0; i < count; i++)
        bytes[4 + types[i] / 8] |= (uint8_t)(1 << types[i] % 8);
    g_assert_cmpint(wlan_set_var(b, STA, "bsscfg:event_msgs", bytes, sizeof bytes), ==, 0);
}

/* ---- events ---- */

enum { FRAME_MAX = 1544, EVENT_TYPE = 28, EVENT_DATA = 72 };

static inline uint32_t wlan_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Read what lies in function 2, and keep the events. */
static inline void wlan_drain(struct wlan_bench *b)
{
    g_ptr_array_set_size(b->frames, 0);
    for (;;) {
        uint8_t frame[FRAME_MAX] = {0};
        sdpcm_read_begin(b->dev);
        sdpcm_read(b->dev, frame, 4);
        uint16_t length = get16(frame);
        if (length >= 12 && length <= FRAME_MAX)
            sdpcm_read(b->dev, frame + 4, length - 4u);
        sdpcm_read_end(b->dev);
        if (length == 0)
            return;
        g_assert_cmpuint(length ^ get16(frame + 2), ==, 0xFFFF);
        if ((frame[5] & 15) == 1) {
            unsigned skip = frame[7] + 4u; /* the header of the data channel */
            g_ptr_array_add(b->frames, g_bytes_new(frame + skip, length - skip));
        }
    }
}

static inline const uint8_t *wlan_event_frame(struct wlan_bench *b, unsigned n)
{
    g_assert_cmpuint(n, <, b->frames->len);
    return g_bytes_get_data(b->frames->pdata[n], NULL);
}

/* "type/status/reason" of each event, with "+" for the link flag and "@1" for interface 1. Free it. */
static inline char *wlan_events(struct wlan_bench *b)
{
    GString *s = g_string_new(NULL);
    wlan_drain(b);
    for (unsigned i = 0; i < b->frames->len; i++) {
        const uint8_t *f = wlan_event_frame(b, i);
        g_string_append_printf(s, "%s%u/%u/%u%s%s", i > 0 ? " " : "", wlan_be32(f + EVENT_TYPE), wlan_be32(f + 32),
                               wlan_be32(f + 36), f[27] & 1 ? "+" : "", f[70] == 1 ? "@1" : "");
    }
    return g_string_free(s, FALSE);
}

#define assert_wlan_events(B, EXPECTED)                                                                                        \
    do {                                                                                                                       \
        char *is = wlan_events(B);                                                                                             \
        g_assert_cmpstr(is, ==, EXPECTED);                                                                                     \
        g_free(is);                                                                                                            \
    } while (0)

#define assert_published(B, EXPECTED)                                                                                          \
    do {                                                                                                                       \
        g_assert_cmpstr((B)->published->str, ==, EXPECTED);                                                                    \
        g_string_truncate((B)->published, 0);                                                                                  \
    } while (0)

/* Let it pass in steps, reading what comes, as a host does: the queue is not endless. All that came is kept. */
static inline void wlan_pass_ms(struct wlan_bench *b, unsigned ms)
{
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (unsigned i = 0; i < ms; i++) {
        pass(b->m, TICKS_PER_MS);
        wlan_drain(b);
        for (unsigned k = 0; k < b->frames->len; k++)
            g_ptr_array_add(all, g_bytes_ref(b->frames->pdata[k]));
    }
    g_ptr_array_unref(b->frames);
    b->frames = all;
}

/* ---- a radio ---- */

static const uint8_t wlan_mac[6] = {0x6C, 0x0B, 0x84, 0x12, 0x34, 0x56};

static inline struct wlan_bench wlan_bench_new(void)
{
    struct machine *m = bench_new();
    struct device *dev = machine_add_device(m, &bcm43362_class, "WLAN", 0, NULL);
    machine_connect(m, "probe.out0", "WLAN.reg_on");
    machine_connect(m, "WLAN.host", "probe.in0");
    machine_seal(m);
    bcm43362_set_mac(dev, wlan_mac);
    machine_power_on(m);
    struct wlan_bench b = {m, dev, g_string_new(NULL), g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref)};
    machine_subscribe(m, wlan_note, b.published);
    firmware_start(dev);
    return b;
}

/* The same, switched on by the host, with every event wanted that these tests know. */
static inline struct wlan_bench wlan_bench_up(void)
{
    static const unsigned types[] = {0, 1, 3, 6, 7, 11, 12, 16, 46, 54, 69};
    struct wlan_bench b = wlan_bench_new();
    g_assert_cmpint(wlan_set(&b, STA, 2, NULL, 0), ==, 0);
    wlan_want(&b, STA, types, G_N_ELEMENTS(types));
    wlan_want(&b, AP, types, G_N_ELEMENTS(types));
    g_string_truncate(b.published, 0);
    return b;
}

static inline void wlan_bench_done(struct wlan_bench *b)
{
    machine_free(b->m);
    g_string_free(b->published, TRUE);
    g_ptr_array_unref(b->frames);
}

/* Change the air by the text of an input. */
static inline void wlan_air(struct wlan_bench *b, const char *text)
{
    struct air_network network;
    bool off;
    GError *error = NULL;
    if (!air_network_parse(text, &network, &off, &error))
        g_error("%s", error->message);
    g_assert_true(off ? bcm43362_network_remove(b->dev, network.ssid) : bcm43362_network_set(b->dev, &network));
}

#endif
