/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real images and the radio: what it costs to load its program and bring it up, and how fast a device is that waits in
 * listening mode, and one that has joined a network and finds no cloud. In time of the processor, so that other programs do not
 * count.
 */
#include "tests/bench/radio.h"

#include <stdio.h>

#include "emu/host/network.h"
#include "images/dct.h"
#include "tests/bench/real.h"

/* Seconds that it takes from the radio's reset on until it is up; leaves the device behind that. */
static double bring_up(struct bench *b)
{
    bench_power_on(b);
    bench_await(b, "pin.pin=PC1 and pin.level=1", MS(1000));
    double begin = cpu_seconds();
    bench_await(b, "wifi.op=ioctl and wifi.name=ANTDIV", MS(2000));
    return cpu_seconds() - begin;
}

/* Virtual seconds for one of the host. */
static double speed(struct bench *b, struct bridges *bridges, unsigned seconds)
{
    ticks_t until = machine_now(b->machine) + seconds * TICKS_PER_SECOND;
    double begin = cpu_seconds();
    while (machine_now(b->machine) < until) {
        bench_run_until(b, bridges == NULL ? until : bridges_horizon(bridges, until));
        if (bridges != NULL)
            bridges_serve(bridges, 0);
    }
    return seconds / (cpu_seconds() - begin);
}

static double listening(struct bench *b)
{
    bench_await(b, "led=blinking blue", MS(10000));
    return speed(b, NULL, 5);
}

static double joined(struct bench *b)
{
    bench_replace(b);
    dct_set(dct_edit(b->device->flash), dct_field_find("wifi"), "ssid=home", NULL);
    bench_power_on(b);
    bench_input(b, "wifi", "ssid=home");
    struct network_options *options = network_options_new();
    struct bridges *bridges = bridges_new(b->machine);
    bridges_add(bridges, network_new(b->machine, options, NULL));
    speed(b, bridges, 10); /* it joins, and writes its DCT */
    double result = speed(b, bridges, 30);
    bridges_free(bridges);
    network_options_free(options);
    return result;
}

void bench_radio(GString *json)
{
    printf("%-10s %12s %22s %22s\n", "set", "radio up ms", "listening virtual/host", "joined virtual/host");
    for (unsigned i = 0; i < GENERATIONS; i++) {
        const struct generation *g = &generations[i];
        struct bench b;
        if (!is_fetched(g))
            continue;
        bench_open_with_keys(&b, g);
        double up = bring_up(&b), blue = listening(&b), in = joined(&b);
        bench_close(&b);
        printf("%-10s %12.1f %22.1f %22.1f\n", g->set, up * 1e3, blue, in);
        fflush(stdout);
        g_string_append_printf(json,
                               "%s\n{\"workload\":\"radio-%s\",\"kind\":\"radio\",\"bring_up_s\":%.4f,"
                               "\"listening_virtual_per_host\":%.2f,\"joined_virtual_per_host\":%.2f}",
                               json->len > 1 ? "," : "", g->set, up, blue, in);
    }
}
