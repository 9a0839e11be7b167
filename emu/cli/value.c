/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/cli/value.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

/* Digits, a point, digits: the number is *digits / *scale. Returns what follows it, or NULL if there is no number or it is too
   long. */
static const char *decimal(const char *text, unsigned max_whole, unsigned max_behind, uint64_t *digits, uint64_t *scale)
{
    unsigned whole = 0, behind = 0;
    *digits = 0;
    *scale = 1;
    for (; g_ascii_isdigit(*text); text++, whole++)
        *digits = *digits * 10 + (uint64_t)(*text - '0');
    if (whole > 0 && *text == '.') {
        for (text++; g_ascii_isdigit(*text); text++, behind++) {
            *digits = *digits * 10 + (uint64_t)(*text - '0');
            *scale *= 10;
            if (behind >= max_behind)
                return NULL;
        }
        if (behind == 0)
            return NULL;
    }
    return whole > 0 && whole <= max_whole ? text : NULL;
}

bool value_duration(const char *text, ticks_t *ticks)
{
    static const struct {
        const char *name;
        ticks_t ticks;
    } units[] = {
        {"us", TICKS_PER_US},           {"ms", TICKS_PER_MS},           {"s", TICKS_PER_SECOND},
        {"min", 60 * TICKS_PER_SECOND}, {"h", 3600 * TICKS_PER_SECOND},
    };
    const unsigned __int128 year = (unsigned __int128)TICKS_PER_SECOND * 86400 * 366;
    uint64_t digits, scale;
    const char *unit = decimal(text, 9, 9, &digits, &scale);
    if (!unit)
        return false;
    if (*unit == '\0' && digits == 0) { /* nothing is nothing in any unit */
        *ticks = 0;
        return true;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(units); i++)
        if (strcmp(unit, units[i].name) == 0) {
            unsigned __int128 t = (unsigned __int128)digits * units[i].ticks / scale;
            *ticks = (ticks_t)t;
            return t <= year;
        }
    return false;
}

bool value_fraction(const char *text, uint32_t *num, uint32_t *den)
{
    uint64_t digits, scale;
    const char *end = decimal(text, 3, 6, &digits, &scale);
    if (!end || *end != '\0')
        return false;
    while (scale > 1 && digits % 5 == 0 && scale % 5 == 0)
        digits /= 5, scale /= 5;
    while (scale > 1 && digits % 2 == 0 && scale % 2 == 0)
        digits /= 2, scale /= 2;
    *num = (uint32_t)digits;
    *den = (uint32_t)scale;
    return true;
}

bool value_unsigned(const char *text, uint64_t *value)
{
    bool hex = g_ascii_strncasecmp(text, "0x", 2) == 0;
    if (!(hex ? g_ascii_isxdigit(text[2]) : g_ascii_isdigit(text[0])))
        return false;
    char *end;
    errno = 0;
    *value = g_ascii_strtoull(hex ? text + 2 : text, &end, hex ? 16 : 10);
    return *end == '\0' && errno == 0;
}
