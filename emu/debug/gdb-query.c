/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The q and Q packets. */
#include "emu/debug/gdb-internal.h"

/* If *packet begins with prefix, move behind it. */
static bool after(const char **packet, const char *prefix)
{
    if (!g_str_has_prefix(*packet, prefix))
        return false;
    *packet += strlen(prefix);
    return true;
}

static void supported(struct gdb_client *c, const char *features)
{
    c->knows_hwbreak = strstr(features, "hwbreak+") != NULL;
    c->knows_swbreak = strstr(features, "swbreak+") != NULL;
    g_autofree char *text =
        g_strdup_printf("PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;qXfer:memory-map:read+;qXfer:threads:read+;"
                        "swbreak+;hwbreak+;vContSupported+;error-message+",
                        GDB_PACKET_SIZE);
    gdb_send(c, text);
}

/* A part of a document: "OFFSET,LENGTH". */
static void transfer(struct gdb_client *c, const char *document, const char *args)
{
    uint32_t offset, length;
    if (!gdb_take_hex(&args, &offset) || !gdb_take(&args, ',') || !gdb_take_hex(&args, &length) || *args != '\0' ||
        offset > strlen(document)) {
        gdb_send(c, "E01");
        return;
    }
    size_t left = strlen(document) - offset;
    length = MIN(length, GDB_PACKET_SIZE - 8);
    GByteArray *packet = g_byte_array_new();
    g_byte_array_append(packet, (const uint8_t *)(left > length ? "m" : "l"), 1);
    g_byte_array_append(packet, (const uint8_t *)document + offset, (guint)MIN(left, length));
    gdb_send_bytes(c, packet->data, packet->len);
    g_byte_array_unref(packet);
}

static bool documents(struct gdb_client *c, const char *packet)
{
    g_autofree char *document = NULL;
    if (after(&packet, "qXfer:features:read:target.xml:"))
        document = g_strdup(gdb_target_xml);
    else if (after(&packet, "qXfer:memory-map:read::"))
        document = gdb_memory_map();
    else if (after(&packet, "qXfer:threads:read::"))
        document = gdb_thread_list_xml(c->server);
    else if (after(&packet, "qXfer:features:read:"))
        gdb_send(c, "E00");
    else
        return false;
    if (document != NULL)
        transfer(c, document, packet);
    return true;
}

/* For clients that do not know qXfer:threads. */
static bool threads(struct gdb_client *c, const char *packet)
{
    struct gdb_server *s = c->server;
    uint32_t id;
    if (strcmp(packet, "qsThreadInfo") == 0) {
        gdb_send(c, "l");
    } else if (strcmp(packet, "qfThreadInfo") == 0) {
        GArray *all = gdb_threads(s);
        GString *text = g_string_new("m");
        if (all->len == 0)
            g_string_append_printf(text, "%x", GDB_NO_THREAD);
        for (unsigned i = 0; i < all->len; i++)
            g_string_append_printf(text, i == 0 ? "%x" : ",%x", g_array_index(all, struct rtos_thread, i).tcb);
        gdb_send(c, text->str);
        g_string_free(text, TRUE);
    } else if (after(&packet, "qThreadExtraInfo,")) {
        const struct rtos_thread *t = NULL;
        GArray *all = gdb_threads(s);
        bool good = gdb_take_hex(&packet, &id);
        for (unsigned i = 0; good && i < all->len; i++)
            if (g_array_index(all, struct rtos_thread, i).tcb == id)
                t = &g_array_index(all, struct rtos_thread, i);
        g_autofree char *state = t != NULL ? freertos_state_text(t) : NULL;
        g_autofree char *words =
            t != NULL ? g_strdup_printf("%s, priority %u, %s", t->name, t->priority, state) : g_strdup("CPU");
        GString *text = g_string_new(NULL);
        gdb_put_bytes(text, words, strlen(words));
        gdb_send(c, text->str);
        g_string_free(text, TRUE);
    } else if (strcmp(packet, "qC") == 0) {
        g_autofree char *text = g_strdup_printf("QC%x", gdb_running_thread(s));
        gdb_send(c, text);
    } else {
        return false;
    }
    return true;
}

/* "qSymbol::" offers symbols, "qSymbol:VALUE:NAME" answers; an empty value: there is no such symbol. */
static bool symbols(struct gdb_client *c, const char *packet)
{
    static const char wanted[] = "pxCurrentTCB";
    uint32_t value;
    if (!after(&packet, "qSymbol:"))
        return false;
    if (gdb_take_hex(&packet, &value)) {
        c->server->symbols.current = value;
        gdb_moved(c->server);
    }
    if (c->asked_symbols) {
        gdb_send(c, "OK");
        c->asked_symbols = false;
        return true;
    }
    c->asked_symbols = true;
    GString *text = g_string_new("qSymbol:");
    gdb_put_bytes(text, wanted, strlen(wanted));
    gdb_send(c, text->str);
    g_string_free(text, TRUE);
    return true;
}

static void monitor(struct gdb_client *c, const char *args)
{
    g_autoptr(GByteArray) bytes = gdb_take_bytes(args);
    if (bytes == NULL) {
        gdb_send(c, "E01");
        return;
    }
    g_autofree char *text = bytes->len > 0 ? g_strndup((const char *)bytes->data, bytes->len) : g_strdup("");
    g_autoptr(GString) out = g_string_new(NULL);
    gdb_monitor(c, text, out);
    gdb_send_console(c, out->str, out->len);
    gdb_send(c, "OK");
}

bool gdb_query(struct gdb_client *c, const char *packet, size_t size)
{
    const char *args = packet;
    if (after(&args, "qSupported"))
        supported(c, args);
    else if (after(&args, "qRcmd,"))
        monitor(c, args);
    else if (after(&args, "qCRC:"))
        gdb_crc(c, args);
    else if (after(&args, "qSearch:memory:"))
        gdb_search(c, args, size - (size_t)(args - packet));
    else if (after(&args, "qAttached"))
        gdb_send(c, "1"); /* leaving means to detach, not to kill */
    else if (strcmp(packet, "QStartNoAckMode") == 0) {
        gdb_send(c, "OK");
        c->no_ack = true;
    } else
        return documents(c, packet) || threads(c, packet) || symbols(c, packet);
    return true;
}
