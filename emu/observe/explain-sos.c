/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SOS of a panic, read from the LED: three short flashes of red, three long, three short, then the code in flashes of 300
 * ms.
 *
 * Device OS, services/src/panic.c: short 150 ms, long 300 ms, 100 ms dark between them and twice that between the letters; then
 * about a second; the code with 300 ms dark between its flashes; then 800 ms more, and once again.
 */
#include "emu/observe/explain-internal.h"

enum { SHORT_LEAST = 110, SHORT_MOST = 200, LONG_LEAST = 240, LONG_MOST = 380, LETTERS_PAUSE = 260, CODE_PAUSE = 700 };
enum { FLASHES = 9 };

static bool fits(unsigned position, unsigned ms)
{
    bool is_long = position >= 3 && position < 6;
    return is_long ? ms >= LONG_LEAST && ms <= LONG_MOST : ms >= SHORT_LEAST && ms <= SHORT_MOST;
}

static void dark_ended(struct sos *s, ticks_t when, unsigned ms)
{
    if (s->counting && ms >= CODE_PAUSE && s->blinks > 0) {
        s->code = s->blinks;
        s->counting = false;
        s->matched = 0;
    } else if (!s->counting && s->matched > 0 && s->matched < FLASHES && ms > LETTERS_PAUSE) {
        s->matched = 0;
    }
    if (!s->counting && s->matched == 0)
        s->begun = when;
}

static void light_ended(struct sos *s, unsigned ms)
{
    if (s->counting) {
        if (ms >= LONG_LEAST && ms <= LONG_MOST)
            s->blinks++;
        else
            s->counting = false;
        return;
    }
    s->matched = fits(s->matched, ms) ? s->matched + 1 : fits(0, ms) ? 1 : 0;
    if (s->matched < FLASHES)
        return;
    if (!s->seen)
        s->first = s->begun;
    s->seen = s->counting = true;
    s->blinks = 0;
    s->matched = 0;
}

void sos_light(struct sos *s, ticks_t when, bool red, bool dark)
{
    unsigned ms = (unsigned)MIN((when - s->since + TICKS_PER_MS / 2) / TICKS_PER_MS, 1000000);
    if (!red && !dark) {
        s->matched = 0;
        s->counting = s->lit = false;
        s->since = when;
        return;
    }
    if (red == s->lit)
        return;
    if (red)
        dark_ended(s, when, ms);
    else
        light_ended(s, ms);
    s->lit = red;
    s->since = when;
}
