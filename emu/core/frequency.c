/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/frequency.h"

__extension__ typedef unsigned __int128 u128;

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

bool frequency_running(struct frequency f)
{
    return f.num != 0;
}

bool frequency_equal(struct frequency a, struct frequency b)
{
    if (a.num == 0 || b.num == 0)
        return a.num == b.num;
    return (u128)a.num * b.den == (u128)b.num * a.den;
}

struct frequency frequency_scale(struct frequency f, uint32_t mul, uint32_t div)
{
    if (f.num == 0 || mul == 0 || div == 0)
        return FREQUENCY_STOPPED;
    struct frequency r = {f.num * mul, f.den * div};
    uint64_t g = gcd(r.num, r.den);
    r.num /= g;
    r.den /= g;
    return r;
}

/* The period in ticks where it is an integer, else 0: nearly always the case on a Photon, and much cheaper. */
static uint64_t whole_period(struct frequency f)
{
    u128 ticks = (u128)TICKS_PER_SECOND * f.den;
    if (ticks > UINT64_MAX || (uint64_t)ticks % f.num != 0)
        return 0;
    return (uint64_t)ticks / f.num;
}

uint64_t frequency_edges(struct frequency f, ticks_t elapsed)
{
    if (f.num == 0)
        return 0;
    uint64_t period = whole_period(f);
    if (period != 0)
        return elapsed / period;
    return (uint64_t)((u128)elapsed * f.num / ((u128)TICKS_PER_SECOND * f.den));
}

ticks_t frequency_ticks(struct frequency f, uint64_t edges)
{
    if (f.num == 0)
        return TICKS_NEVER;
    u128 product = (u128)TICKS_PER_SECOND * f.den;
    if (edges != 0 && product > (~(u128)0) / edges)
        return TICKS_NEVER;
    product *= edges;
    u128 ticks = product / f.num + (product % f.num != 0);
    return ticks >= TICKS_NEVER ? TICKS_NEVER : (ticks_t)ticks;
}

uint64_t frequency_hz(struct frequency f)
{
    return f.num / f.den;
}

uint64_t edge_counter_read(const struct edge_counter *c, ticks_t now)
{
    return c->base + frequency_edges(c->f, now - c->epoch);
}

void edge_counter_set(struct edge_counter *c, ticks_t now, uint64_t value)
{
    c->base = value;
    c->epoch = now;
}

void edge_counter_set_frequency(struct edge_counter *c, ticks_t now, struct frequency f)
{
    edge_counter_set(c, now, edge_counter_read(c, now));
    c->f = f;
}

ticks_t edge_counter_when(const struct edge_counter *c, uint64_t value)
{
    if (value <= c->base)
        return c->epoch;
    ticks_t distance = frequency_ticks(c->f, value - c->base);
    return distance >= TICKS_NEVER - c->epoch ? TICKS_NEVER : c->epoch + distance;
}
