/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sentences about Wi-Fi and the cloud: why it is in listening mode, cannot join, gets no address, or reaches no server. */
#include <string.h>

#include "emu/observe/explain-internal.h"

/* From then on silence is told: a device asks again every few seconds. */
#define PATIENCE (2 * TICKS_PER_SECOND)
/* A radio shows itself at once. */
#define ANSWER         (100 * TICKS_PER_MS)
#define LISTENING_HOLD (3 * TICKS_PER_SECOND)

static void note_listening(const struct explain *e, const struct boot *b, GPtrArray *notes)
{
    const struct radio *r = &b->radio;
    if (r->softap == TICKS_NEVER && b->listening == TICKS_NEVER)
        return;
    ticks_t when = MIN(r->softap, b->listening);
    ticks_t until = b->hold_until != TICKS_NEVER ? b->hold_until : e->now, from = b->hold_from;
    if (from == TICKS_NEVER && e->setup_pressed && b->ended == TICKS_NEVER && !b->setup_still_held)
        from = e->setup_since;
    bool held = from != TICKS_NEVER && from < when && until - from >= LISTENING_HOLD;
    unsigned networks = b->networks_listening;
    g_autofree char *own =
        r->softap_ssid != NULL ? g_strdup_printf(", with a network of its own, \"%s\"", r->softap_ssid) : g_strdup("");
    if (held)
        note_add(notes, when, WEIGHT_IMPORTANT,
                 g_strdup_printf("The device went into listening mode (blinking blue)%s, because SETUP was held for 3 s.", own),
                 NULL);
    else if (networks == 0)
        note_add(
            notes, when, WEIGHT_IMPORTANT,
            g_strdup_printf("The device went into listening mode (blinking blue)%s, because no Wi-Fi network is stored in it.",
                            own),
            g_strdup(
                "To bring it online, store a Wi-Fi network in it (photon-emu device dct FILE set wifi ssid=NAME,psk=KEY)."));
    else
        note_add(notes, when, WEIGHT_IMPORTANT,
                 g_strdup_printf(
                     "The device went into listening mode (blinking blue)%s, though %u Wi-Fi network%s stored in it: the app "
                     "or its serial port asked for it.",
                     own, networks, networks == 1 ? " is" : "s are"),
                 NULL);
}

static char *cure_of(const struct joining *j)
{
    if (strstr(j->reason, "key") != NULL)
        return g_strdup_printf("Store the right key for \"%s\" in it (photon-emu device dct FILE set wifi ssid=%s,psk=KEY).",
                               j->ssid, j->ssid);
    return g_strdup_printf("Bring \"%s\" into reach (photon-emu run --wifi ssid=%s,psk=KEY), or store another network.",
                           j->ssid, j->ssid);
}

static void note_joining(const struct joining *j, GPtrArray *notes)
{
    if (j->failures > 0 && j->joined == TICKS_NEVER)
        note_add(notes, j->last_failure, WEIGHT_IMPORTANT,
                 g_strdup_printf("The device could not join the Wi-Fi network \"%s\" (blinking green): %s.%s", j->ssid,
                                 j->reason, j->failures > 1 ? " It keeps trying." : ""),
                 cure_of(j));
    else if (j->joined != TICKS_NEVER && j->left)
        note_say(notes, j->joined, WEIGHT_NORMAL, "The device joined the Wi-Fi network \"%s\", and lost it again.", j->ssid);
    else if (j->joined != TICKS_NEVER)
        note_say(notes, j->joined, WEIGHT_NORMAL, "The device joined the Wi-Fi network \"%s\".", j->ssid);
}

static const struct joining *joined(const struct radio *r)
{
    for (unsigned i = 0; i < r->joining->len; i++) {
        const struct joining *j = g_ptr_array_index(r->joining, i);
        if (j->joined != TICKS_NEVER)
            return j;
    }
    return NULL;
}

static void note_online(const struct explain *e, const struct boot *b, GPtrArray *notes)
{
    const struct radio *r = &b->radio;
    const struct joining *j = joined(r);
    if (j == NULL)
        return;
    ticks_t now = MIN(b->ended, e->now);
    if (r->lease == TICKS_NEVER && r->dhcp > 0 && now - r->first_dhcp >= PATIENCE)
        note_add(notes, r->first_dhcp, WEIGHT_IMPORTANT,
                 g_strdup_printf(
                     "It asked for an address there (DHCP) and got no answer, so it does not get beyond blinking green."),
                 g_strdup_printf("Give \"%s\" a DHCP server, or the device a static address.", j->ssid));
    else if (r->lease != TICKS_NEVER)
        note_say(notes, r->lease, WEIGHT_DETAIL, "It got the address %s.", r->address);
    if (b->cloud != TICKS_NEVER || b->safe_in_cloud != TICKS_NEVER)
        note_say(notes, MIN(b->cloud, b->safe_in_cloud), WEIGHT_NORMAL, "It is connected to the cloud (breathing %s).",
                 b->cloud != TICKS_NEVER ? "cyan" : "magenta");
    else if (r->what != NULL && b->led != NULL && g_str_has_suffix(b->led, "cyan"))
        note_add(notes, r->unreachable, WEIGHT_IMPORTANT,
                 g_strdup_printf("It could not reach the cloud (blinking cyan): %s.", r->what),
                 g_strdup("Let it reach a server (photon-emu run --net, --allow), or have the app do without the cloud."));
}

void note_network(const struct explain *e, const struct boot *b, GPtrArray *notes)
{
    if (b->radio_wanted != TICKS_NEVER && !b->radio.on && MIN(b->ended, e->now) - b->radio_wanted >= ANSWER)
        note_add(
            notes, b->radio_wanted, WEIGHT_IMPORTANT,
            g_strdup("The system switched the radio on, and none answered; it is not made for that, and fails or hangs later."),
            g_strdup("Give the device its radio (run it without --wifi absent)."));
    note_listening(e, b, notes);
    for (unsigned i = 0; i < b->radio.joining->len; i++)
        note_joining(g_ptr_array_index(b->radio.joining, i), notes);
    note_online(e, b, notes);
}
