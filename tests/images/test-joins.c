/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device with a stored network, on real systems, as its user sees it: it joins, gets an address and looks for the cloud; or
 * the key is wrong, the network is not there, nobody gives addresses, the network goes and comes back.
 */
#include <string.h>

#include "emu/host/network.h"
#include "images/dct.h"
#include "tests/images/bench.h"

/* What differs from set to set; times in ms. */
struct joining {
    const struct generation *generation;
    unsigned blink, blink_dhcp;       /* periods of green: joining; waiting for an address */
    unsigned cyan;                    /* of the cloud's */
    bool key_ends_it;                 /* a wrong key ends an attempt at once; else it lasts as long as any that fails */
    unsigned again_least, again_most; /* from the end of an attempt to the next */
    unsigned dhcp_again_most;         /* the same after no address came; the DCT may be written in between */
    const char *lost_led;             /* the network is lost, before it is back */
};

static const struct joining joinings[GENERATIONS] = {
    {&generations[0], 202, 102, 202, false, 6, 8, 2010, "breathing blue"},
    {&generations[1], 200, 100, 200, true, 1, 60, 1000, NULL},
    {&generations[2], 200, 200, 200, true, 1, 60, 1000, NULL},
};

struct fixture {
    const struct joining *j;
    struct bench b;
    struct network_options *options;
    struct bridges *bridges;
    guint next; /* the event behind that which was waited for last */
};

/* A device that knows the network stored, switched on; on_air is what it hears, NULL for nothing. */
static bool set_up(struct fixture *f, const struct joining *j, const char *stored, const char *on_air)
{
    *f = (struct fixture){.j = j};
    if (!bench_open_with_keys(&f->b, j->generation))
        return false;
    g_autoptr(GError) error = NULL;
    dct_set(dct_edit(f->b.device->flash), dct_field_find("wifi"), stored, &error);
    g_assert_no_error(error);
    bench_power_on(&f->b);
    if (on_air != NULL)
        bench_input(&f->b, "wifi", on_air);
    f->options = network_options_new();
    f->bridges = bridges_new(f->b.machine);
    struct bridge *network = network_new(f->b.machine, f->options, &error);
    g_assert_no_error(error);
    bridges_add(f->bridges, network);
    return true;
}

static void tear_down(struct fixture *f)
{
    g_assert_null(bench_find(&f->b, 0, "fault"));
    g_assert_null(bench_find(&f->b, 0, "reset"));
    g_assert_null(bench_find(&f->b, 0, "wifi.op=dropped"));
    g_assert_null(bench_find(&f->b, 0, "wifi.op=softap-up"));
    bridges_free(f->bridges);
    network_options_free(f->options);
    bench_close(&f->b);
}

/* bench_await, with the other side of the radio served; the condition is of one event, which is looked for from the one on
   that was waited for last. Returns when it happened. */
static ticks_t await(struct fixture *f, const char *condition, ticks_t limit)
{
    struct bench *b = &f->b;
    const struct event *found;
    while ((found = bench_find(b, f->next, condition)) == NULL) {
        ticks_t now = machine_now(b->machine);
        if (now >= limit)
            g_error("set %s: '%s' did not come about by %" G_GUINT64_FORMAT " ms", b->generation->set, condition,
                    now / TICKS_PER_MS);
        bench_run_until(b, bridges_horizon(f->bridges, MIN(limit, now + MS(20))));
        bridges_serve(f->bridges, 0);
    }
    while (g_ptr_array_index(b->events, f->next++) != found)
        continue;
    return found->ticks;
}

static void run_for(struct fixture *f, ticks_t time)
{
    ticks_t until = machine_now(f->b.machine) + time;
    while (machine_now(f->b.machine) < until) {
        bench_run_until(&f->b, bridges_horizon(f->bridges, MIN(until, machine_now(f->b.machine) + MS(20))));
        bridges_serve(f->bridges, 0);
    }
}

static void check_ms(const char *what, ticks_t from, ticks_t to, double least, double most)
{
    double ms = ((double)to - (double)from) / TICKS_PER_MS;
    g_test_message("%s: %.3f ms", what, ms);
    g_assert_cmpfloat(ms, >=, least);
    g_assert_cmpfloat(ms, <=, most);
}

static void check_period(const struct fixture *f, guint from, const char *led, unsigned period)
{
    g_autofree char *condition = g_strdup_printf("led=%s and led.period_ms=%u", led, period);
    bench_when(&f->b, from, condition);
}

/* ---- it gets in ---- */

struct kind {
    const char *name, *stored, *on_air, *security;
    unsigned joined_ms; /* from the beginning of the search on: over 14 channels, 40 ms each, then what the network takes */
};
static const struct kind kinds[] = {
    {"open", "ssid=home", "ssid=home,channel=3", "open", 565},
    {"wpa2", "ssid=home,psk=secretpass", "ssid=home,psk=secretpass,channel=11", "wpa2", 586},
};

struct joined {
    const struct joining *j;
    const struct kind *kind;
};

static void joins(gconstpointer data)
{
    const struct joined *joined = data;
    const struct kind *kind = joined->kind;
    struct fixture f;
    if (!set_up(&f, joined->j, kind->stored, kind->on_air))
        return;
    ticks_t begins = await(&f, "wifi.op=join", MS(1000));
    ticks_t in = await(&f, "wifi.op=joined", MS(3000));
    check_ms("joined", begins, in, kind->joined_ms, kind->joined_ms + 2);
    const struct event *event = bench_find(&f.b, 0, "wifi.op=joined");
    g_assert_cmpstr(bench_string(event, "ssid"), ==, "home");
    g_assert_cmpstr(bench_string(event, "security"), ==, kind->security);
    ticks_t lease = await(&f, "network.op=lease", in + MS(1000));
    g_assert_cmpstr(bench_string(bench_find(&f.b, 0, "network.op=lease"), "address"), ==, "10.0.2.15");
    check_ms("address", in, lease, 0, 20);
    await(&f, "network.op=name", lease + MS(1000));   /* of the cloud; nobody knows it */
    await(&f, "led=blinking cyan", lease + MS(6000)); /* the first time it writes its DCT before */
    check_period(&f, 0, "blinking green", f.j->blink);
    check_period(&f, 0, "blinking cyan", f.j->cyan);
    g_assert_cmpuint(bench_when(&f.b, 0, "led=blinking green"), <, bench_when(&f.b, 0, "led=blinking cyan"));
    g_assert_null(bench_find(&f.b, 0, "wifi.op=join-failed"));
    tear_down(&f);
}

/* ---- it does not get in ---- */

/* Of an attempt that began then: it fails, is given up, and the next begins; returns when. */
static ticks_t failed_attempt(struct fixture *f, ticks_t begins, const char *reason, unsigned fails_ms, bool ends_it)
{
    enum { ATTEMPT = 7000 };
    ticks_t failed = await(f, "wifi.op=join-failed", begins + MS(5000));
    g_assert_cmpstr(bench_string(bench_find(&f->b, 0, "wifi.op=join-failed"), "reason"), ==, reason);
    check_ms("failed", begins, failed, fails_ms, fails_ms + 2);
    ticks_t ends = await(f, "wifi.op=ioctl and wifi.name=DISASSOC", begins + MS(8000));
    if (ends_it)
        check_ms("given up at once", failed, ends, 0, 2);
    else
        check_ms("given up", begins, ends, ATTEMPT - 1, ATTEMPT + 2);
    ticks_t next = await(f, "wifi.op=join", ends + MS(100));
    check_ms("next", ends, next, f->j->again_least - 1, f->j->again_most);
    return next;
}

/* Both attempts of a device that never gets in look alike, and it goes on blinking green. */
static void fails(struct fixture *f, const char *reason, unsigned fails_ms, bool ends_it)
{
    ticks_t begins = await(f, "wifi.op=join", MS(1000));
    ticks_t next = failed_attempt(f, begins, reason, fails_ms, ends_it);
    ticks_t third = failed_attempt(f, next, reason, fails_ms, ends_it);
    check_ms("attempts", next, third, ends_it ? 3060 : 6999, ends_it ? 3130 : 7070);
    run_for(f, MS(500));
    g_autofree char *led = bench_led_story(&f->b, 0);
    g_autofree char *expected = g_strdup_printf("blinking green %u", f->j->blink);
    g_assert_true(g_str_has_suffix(led, expected));
    g_assert_null(bench_find(&f->b, 0, "wifi.op=joined"));
    g_assert_null(bench_find(&f->b, 0, "network.op=lease"));
    tear_down(f);
}

/* The handshake runs out after 2.5 s. */
static void wrong_key(gconstpointer data)
{
    struct fixture f;
    if (!set_up(&f, data, "ssid=home,psk=wrong pass phrase", "ssid=home,psk=secretpass"))
        return;
    fails(&f, "wrong key", 3066, f.j->key_ends_it);
}

/* Looked for three times. */
static void missing(gconstpointer data)
{
    struct fixture f;
    if (!set_up(&f, data, "ssid=home,psk=secretpass", "ssid=another"))
        return;
    fails(&f, "network not found", 3 * 14 * 40, false);
}

/* ---- it gets in, and that does not help ---- */

static void no_dhcp(gconstpointer data)
{
    struct fixture f;
    if (!set_up(&f, data, "ssid=home,psk=secretpass", "ssid=home,psk=secretpass,dhcp=off"))
        return;
    ticks_t in = await(&f, "wifi.op=joined", MS(3000));
    ticks_t left = await(&f, "wifi.op=leave", in + MS(16000));
    check_ms("left", in, left, 15000, 15010);
    ticks_t next = await(&f, "wifi.op=join", left + MS(3000));
    check_ms("next", left, next, f.j->again_least - 1, f.j->dhcp_again_most);
    check_period(&f, 0, "blinking green", f.j->blink_dhcp);
    g_assert_null(bench_find(&f.b, 0, "network.op=lease"));
    g_assert_null(bench_find(&f.b, 0, "led=blinking cyan"));
    g_assert_null(bench_find(&f.b, 0, "wifi.op=join-failed"));
    tear_down(&f);
}

/* Its beacons are missed for eight seconds. */
static void lost_and_found(gconstpointer data)
{
    struct fixture f;
    if (!set_up(&f, data, "ssid=home,psk=secretpass", "ssid=home,psk=secretpass"))
        return;
    await(&f, "led=blinking cyan", MS(8000));
    ticks_t gone = machine_now(f.b.machine);
    bench_input(&f.b, "wifi", "ssid=home,off");
    ticks_t lost = await(&f, "wifi.op=link-lost", gone + MS(9000));
    check_ms("lost", gone, lost, 8000, 8000);
    guint mark = bench_mark(&f.b);
    run_for(&f, MS(1500));
    g_assert_null(bench_find(&f.b, mark, "wifi.op=joined"));
    if (f.j->lost_led != NULL)
        g_assert_cmpstr(bench_string(bench_find(&f.b, mark, "led"), "state"), ==, f.j->lost_led);
    bench_input(&f.b, "wifi", "ssid=home,psk=secretpass,channel=9");
    mark = bench_mark(&f.b);
    ticks_t back = await(&f, "wifi.op=joined", machine_now(f.b.machine) + MS(15000));
    g_assert_cmpint(bench_value(bench_find(&f.b, mark, "wifi.op=joined"), "channel"), ==, 9);
    await(&f, "network.op=lease", back + MS(1000));
    await(&f, "led=blinking cyan", back + MS(2000));
    tear_down(&f);
}

/* ---- */

static void add(const struct joining *j, const char *name, gconstpointer data, void (*test)(gconstpointer))
{
    g_autofree char *path = g_strdup_printf("/images/joins/%s/%s", j->generation->set, name);
    g_test_add_data_func(path, data, test);
}

int main(int argc, char **argv)
{
    static struct joined joined[GENERATIONS * G_N_ELEMENTS(kinds)];
    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < GENERATIONS; i++) {
        const struct joining *j = &joinings[i];
        for (unsigned k = 0; k < G_N_ELEMENTS(kinds); k++) {
            struct joined *data = &joined[i * G_N_ELEMENTS(kinds) + k];
            *data = (struct joined){j, &kinds[k]};
            add(j, kinds[k].name, data, joins);
        }
        add(j, "wrong-key", j, wrong_key);
        add(j, "missing", j, missing);
        add(j, "no-dhcp", j, no_dhcp);
        add(j, "lost-and-found", j, lost_and_found);
    }
    return bench_run_tests();
}
