/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the real drivers say to the radio from its reset until it is up, command by command, and in what order; and
 * photon_doctor, an app of Particle's that does not use it.
 *
 * Accesses to the radio's bus are shown with their whole address: the window, which the drivers of 2016 and later move in
 * different ways, is followed here.
 */
#include <string.h>
#include <time.h>

#include "images/file.h"
#include "tests/images/bench.h"
#include "tests/unit/source-root.h"

/* ---- the tables ---- */

/* "W0 002=02" is a CMD52 to function 0; "W 18103800=01" one to the bus, through function 1; "W 1800006C=00000002" a CMD53 of a
   word; "W 00000000+215232" one or more CMD53 that follow each other. Reads show the answer. */
#define ENUMERATE                                                                                                              \
    "CMD0 0", "CMD5 0", "CMD3 0", "CMD7 10000",                                       /* its address is 1 */                   \
        "W0 002=02", "R0 002=02",                                                     /* enable function 1 */                  \
        "R0 007=00", "W0 007=02",                                                     /* four bits wide */                     \
        "W0 010=40", "R0 010=40", "W0 010=40", "W0 110=40", "W0 210=40", "W0 211=00", /* blocks of 64 bytes */                 \
        "W0 004=07",                                                                  /* interrupts */                         \
        "R0 003=02",                                                                  /* function 1 is ready */                \
        "W1 1000E=29", "R1 1000E=69", "W1 1000E=00", "W1 1000F=00",                   /* clock ALP */                          \
        "W0 002=06"                                                                   /* enable function 2 */
/* in 2016: its interrupt comes by a wire of its own */
#define OUT_OF_BAND    "W0 0F2=07", "W1 10005=0F", "W1 10006=00", "W1 10007=02", "W 1800006C=00000002"
#define INTERRUPTS     "W0 004=05", "R0 003=02"
#define DISABLE(CORE)  "R " CORE "800=00", "R " CORE "800=00", "W " CORE "408=00", "R " CORE "408=00", "W " CORE "800=01"
#define DISABLED(CORE) "R " CORE "800=01", "R " CORE "800=01"
#define RUN(CORE)      "W " CORE "408=03", "R " CORE "408=03", "W " CORE "800=00", "W " CORE "408=01", "R " CORE "408=01"
#define CPU            "18103"
#define MEMORY         "18104"
#define CORES          DISABLE(CPU), DISABLE(MEMORY), DISABLED(MEMORY), RUN(MEMORY)
/* its settings end 4 bytes before the end of its RAM; there stands their length in words, and its complement */
#define SETTINGS "W 0003BBFC+1024", "W 0003BFFC=FEFF0100"
#define START                                                                                                                  \
    DISABLED(CPU), RUN(CPU), "R " CPU "408=01", "R " CPU "800=00", /* runs */                                                  \
        "R1 1000E=C0",                                             /* clock HT */                                              \
        "W 18002024=000000F0", "W 18002034=02", "W1 10008=08",     /* interrupts of function 2 */                              \
        "R0 003=06"                                                /* function 2 is ready */

static const char *const commands_2016[] = {
    ENUMERATE,     OUT_OF_BAND,   INTERRUPTS, CORES, "W 00000000+210432", SETTINGS, START, /* again */ "W1 1000E=00",
    "W1 1000E=12", "R1 1000E=D2", NULL,
};
static const char *const commands_later[] = {
    ENUMERATE, INTERRUPTS, CORES, "W 00000000+215232", SETTINGS, START, "W1 1000E=10", "R1 1000E=D0", NULL,
};

/* A request to the program that then runs in the radio. */
struct request {
    bool set;
    const char *name;
    const char *value; /* as it is sent; NULL: it has none that counts */
};
#define EVENTS_2016  "0000000000000000000000000000000000"
#define EVENTS_LATER "000000000000000000000000000000000000"
/* of the country: two letters, a revision, the letters again */
#define REQUESTS(COUNTRY, EVENTS)                                                                                              \
    {true, "bus:txglom", "00000000"}, {true, "apsta", "01000000"}, {true, "ampdu_ba_wsize", "08000000"},                       \
        {true, "ampdu_mpdu", "04000000"}, {true, "ampdu_rx_factor", "00000000"}, {true, "country", COUNTRY},                   \
        {true, "event_msgs", EVENTS}, {true, "UP", ""},                                                                        \
    {                                                                                                                          \
        true, "GMODE", "01000000"                                                                                              \
    }
#define ROAM                                                                                                                   \
    {true, "ROAM_TRIGGER", "01000000"}, {true, "ROAM_DELTA", "05000000"}, {true, "ROAM_SCAN_PERIOD", "0A000000"},              \
        {true, "TXANT", "01000000"},                                                                                           \
    {                                                                                                                          \
        true, "ANTDIV", "01000000"                                                                                             \
    }

static const struct request requests_2016[] = {REQUESTS("4A500000020000004A500000", EVENTS_2016), ROAM, {0}};
static const struct request requests_later[] = {
    REQUESTS("4A500000FFFFFFFF4A500000", EVENTS_LATER), {false, "rand", NULL}, ROAM, {false, "cur_etheraddr", NULL}, {0}};

struct bring_up {
    const struct generation *generation;
    const char *setup; /* register writes of the SDIO host before the radio's reset line rises ... */
    const char *wide;  /* ... and after that: how it becomes fast and four bits wide */
    const char *const *commands;
    unsigned n_cmd52, n_download; /* CMD52 until the first request; CMD53 for the program alone */
    unsigned program;             /* bytes that the radio was given */
    const struct request *requests;
};

#define LATER                                                                                                                  \
    .setup = "ICR=FFFFFFFF CLKCR=278 POWER=3 DCTRL=0 CLKCR=378", .wide = "CLKCR=800 CLKCR=900", .commands = commands_later,    \
    .n_cmd52 = 118, .n_download = 211, .program = 215232 + 1024 + 4, .requests = requests_later

static const struct bring_up bring_ups[GENERATIONS] = {
    {&generations[0], .setup = "ICR=FFFFFFFF CLKCR=278 POWER=0 POWER=3 DCTRL=0 CLKCR=378", .wide = "CLKCR=800 CLKCR=900",
     .commands = commands_2016, .n_cmd52 = 74, .n_download = 13, .program = 210432 + 1024 + 4, .requests = requests_2016},
    {&generations[1], LATER},
    {&generations[2], LATER},
};

/* ---- what is said ---- */

struct trace {
    struct bench *b;
    uint32_t window; /* address of the bus that function 1 shows */
    GPtrArray *commands;
    uint32_t run_start, run_end; /* CMD53 that follow each other */
    unsigned run_count, n_cmd52, n_download;
    bool running; /* function 2 has been written to */
    GPtrArray *requests;
};

/* What a CMD53 is about to send: the DMA stream knows where it lies. */
static uint32_t sent_from(struct bench *b)
{
    enum { DMA2_S3M0AR = 0x40026464 };
    uint32_t address;
    g_assert_true(machine_peek(b->machine, DMA2_S3M0AR, 4, &address));
    return address;
}

static uint32_t sent(struct bench *b, uint32_t offset, unsigned size)
{
    uint32_t value;
    g_assert_true(machine_peek(b->machine, sent_from(b) + offset, size, &value));
    return value;
}

static void end_run(struct trace *t)
{
    if (t->run_count == 0)
        return;
    g_ptr_array_add(t->commands, g_strdup_printf("W %08X+%u", t->run_start, t->run_end - t->run_start));
    if (t->run_start == 0)
        t->n_download = t->run_count;
    t->run_count = 0;
}

/* Of function 1, below 0x10000. */
static uint32_t on_the_bus(const struct trace *t, uint32_t address)
{
    return t->window + (address & 0x7FFF);
}

static void cmd52(struct trace *t, const struct event *e)
{
    enum { WINDOW_LOW = 0x1000A, WINDOW_HIGH = 0x1000C };
    unsigned function = bench_value(e, "function");
    uint32_t address = bench_value(e, "address");
    bool write = strcmp(bench_string(e, "op"), "write") == 0;
    unsigned value = (write ? bench_value(e, "argument") : bench_value(e, "response")) & 0xFF;
    t->n_cmd52++;
    if (function == 1 && address >= WINDOW_LOW && address <= WINDOW_HIGH) {
        g_assert_true(write);
        unsigned shift = 8 * (address - WINDOW_LOW + 1);
        t->window = (t->window & ~(0xFFU << shift)) | value << shift;
        return;
    }
    end_run(t);
    if (function == 1 && address < 0x10000)
        g_ptr_array_add(t->commands, g_strdup_printf("%c %08X=%02X", write ? 'W' : 'R', on_the_bus(t, address), value));
    else
        g_ptr_array_add(t->commands,
                        g_strdup_printf("%c%u %0*X=%02X", write ? 'W' : 'R', function, function == 0 ? 3 : 5, address, value));
}

static void cmd53(struct trace *t, const struct event *e)
{
    uint32_t address = on_the_bus(t, bench_value(e, "address")), length = bench_value(e, "length");
    g_assert_cmpuint(bench_value(e, "function"), ==, 1);
    g_assert_cmpstr(bench_string(e, "op"), ==, "write");
    if (t->run_count == 0 || address != t->run_end || length == 4) {
        end_run(t);
        t->run_start = address;
    }
    t->run_end = address + length;
    t->run_count++;
    if (length == 4) {
        g_ptr_array_add(t->commands, g_strdup_printf("W %08X=%08X", address, sent(t->b, 0, 4)));
        t->run_count = 0;
    }
}

/* "name" or "name=value" of a request: a header with its own length, then command, length, flags, status, data. */
static void request(struct trace *t)
{
    enum { GET_VARIABLE = 262, SET_VARIABLE = 263 };
    struct bench *b = t->b;
    uint32_t cdc = sent(b, 7, 1), command = sent(b, cdc, 4), length = sent(b, cdc + 4, 4), at = cdc + 16, end = at + length;
    GString *text = g_string_new((sent(b, cdc + 8, 4) & 2) ? "set " : "get ");
    if (command == GET_VARIABLE || command == SET_VARIABLE) {
        uint32_t c;
        while ((c = sent(b, at++, 1)) != 0)
            g_string_append_c(text, (char)c);
    } else {
        g_string_append_printf(text, "%u", command);
    }
    g_string_append_c(text, '=');
    while (at < end)
        g_string_append_printf(text, "%02X", sent(b, at++, 1));
    g_ptr_array_add(t->requests, g_string_free(text, FALSE));
}

static void note(const struct event *e, void *data)
{
    struct trace *t = data;
    if (strcmp(e->kind, "sdio") != 0)
        return;
    unsigned command = bench_value(e, "command");
    if (command == 53 && bench_value(e, "function") == 2) {
        t->running = true;
        if (strcmp(bench_string(e, "op"), "write") == 0)
            request(t);
    } else if (!t->running && command == 53) {
        cmd53(t, e);
    } else if (!t->running && command == 52) {
        cmd52(t, e);
    } else if (!t->running) {
        g_ptr_array_add(t->commands, g_strdup_printf("CMD%u %X", command, bench_value(e, "argument")));
    }
}

/* ---- from the reset line to the end of the list ---- */

static void check_requests(const struct trace *t, const struct bring_up *u, guint mark)
{
    guint n = 0, i = mark;
    for (const struct request *r = u->requests; r->name != NULL; r++, n++) {
        const struct event *e;
        do {
            g_assert_cmpuint(i, <, t->b->events->len);
            e = g_ptr_array_index(t->b->events, i++);
        } while (strcmp(e->kind, "wifi") != 0 || strcmp(bench_string(e, "op"), "ioctl") != 0);
        g_assert_cmpstr(bench_string(e, "name"), ==, r->name);
        g_assert_cmpint(event_field(e, "set")->boolean, ==, r->set);
        g_assert_cmpint(event_field(e, "status")->integer, ==, 0);
        g_assert_cmpstr(bench_string(e, "interface"), ==, "station");
        g_assert_cmpuint(n, <, t->requests->len);
        const char *said = g_ptr_array_index(t->requests, n);
        g_assert_true(g_str_has_prefix(said, r->set ? "set " : "get "));
        if (r->value != NULL)
            g_assert_cmpstr(strchr(said, '=') + 1, ==, r->value);
    }
}

static char *register_writes(const struct bench *b, guint from, ticks_t begin, ticks_t end, bool clock_only)
{
    GString *s = g_string_new(NULL);
    for (guint i = from; i < b->events->len; i++) {
        const struct event *e = g_ptr_array_index(b->events, i);
        if (strcmp(e->kind, "mmio") != 0 || e->ticks < begin || e->ticks >= end)
            continue;
        const char *name = bench_string(e, "register") + strlen("SDIO_");
        if (!clock_only || strcmp(name, "CLKCR") == 0)
            g_string_append_printf(s, "%s%s=%X", s->len > 0 ? " " : "", name, bench_value(e, "value"));
    }
    return g_string_free(s, FALSE);
}

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void bring_up(gconstpointer data)
{
    const struct bring_up *u = data;
    struct bench b;
    if (!bench_open_with_keys(&b, u->generation))
        return;
    bench_power_on(&b);
    bench_await(&b, "pin.pin=PC1 and pin.level=0", MS(1000));
    struct bench_fork off = bench_fork(&b);
    guint mark = bench_mark(&b);
    bench_trace_sdio(&b, true);
    bench_await(&b, "pin.pin=PC1 and pin.level=1", machine_now(b.machine) + MS(10));
    ticks_t on = machine_now(b.machine);
    bench_await(&b, "wifi.op=start", on + MS(500));
    bench_trace_sdio(&b, false);
    g_autofree char *setup = register_writes(&b, mark, 0, on, false);
    g_assert_cmpstr(setup, ==, u->setup);
    g_autofree char *wide = register_writes(&b, mark, on, TICKS_NEVER, true);
    g_assert_cmpstr(wide, ==, u->wide);
    g_assert_cmpuint(bench_value(bench_find(&b, mark, "wifi.op=firmware"), "bytes"), ==, u->program);

    bench_back(&b, &off);
    struct trace t = {.b = &b,
                      .window = 0x18000000,
                      .commands = g_ptr_array_new_with_free_func(g_free),
                      .requests = g_ptr_array_new_with_free_func(g_free)};
    machine_subscribe(b.machine, note, &t);
    double begin = cpu_ms();
    bench_await(&b, "wifi.op=ioctl and wifi.name=ANTDIV", on + MS(500));
    g_test_message("program loaded and radio up in %.0f ms of the processor, %.0f ms of virtual time", cpu_ms() - begin,
                   (double)(machine_now(b.machine) - on) / TICKS_PER_MS);
    bench_run_for(&b, MS(20));
    end_run(&t);
    guint i = 0;
    for (; u->commands[i] != NULL && i < t.commands->len; i++)
        g_assert_cmpstr(g_ptr_array_index(t.commands, i), ==, u->commands[i]);
    g_assert_null(u->commands[i]);
    g_assert_cmpuint(i, ==, t.commands->len);
    g_assert_cmpuint(t.n_cmd52, ==, u->n_cmd52);
    g_assert_cmpuint(t.n_download, ==, u->n_download);
    check_requests(&t, u, mark);
    g_assert_null(bench_find(&b, mark, "wifi.op=dropped"));
    g_ptr_array_unref(t.commands);
    g_ptr_array_unref(t.requests);
    bench_fork_free(&off);
    bench_close(&b);
}

/* ---- photon_doctor ---- */

/* One of those that come with a set but are not part of it; NULL: there is none. */
static GBytes *extra_image(const char *name, const char *file, size_t room)
{
    g_autofree char *sets = source_sets();
    struct image_set *set = image_set_load(&(struct image_options){.sets = sets, .set = name, .platform = 6}, NULL);
    g_autofree char *path = g_build_filename(set->folder, "extra", file, NULL);
    image_set_free(set);
    return g_file_test(path, G_FILE_TEST_EXISTS) ? image_file_read(path, room, NULL) : NULL;
}

/* It runs in manual mode: its loop runs at once, and the radio stays off. */
static void doctor(gconstpointer data)
{
    enum { USER = 0x080A0000, ROOM = 0x20000 };
    const struct bring_up *u = data;
    struct bench b;
    if (!bench_open_with_keys(&b, u->generation))
        return;
    g_autoptr(GBytes) app = extra_image(u->generation->set, "photon_doctor.bin", ROOM);
    if (app == NULL) {
        g_test_skip("the set has no photon_doctor");
        bench_close(&b);
        return;
    }
    memset(bench_flash(&b, USER), 0xFF, ROOM);
    memcpy(bench_flash(&b, USER), g_bytes_get_data(app, NULL), g_bytes_get_size(app));
    bench_power_on(&b);
    bench_watch_user(&b);
    bench_await(&b, "backup.register=DR1 and backup.value=0xFFFF", MS(3000));
    g_autofree char *trail = bench_trail(&b, 0, "DR1");
    g_assert_cmpstr(trail, ==, "4 5 6 7 8 9 FFFF");
    g_assert_cmpuint(bench_count_kind(&b, 0, "user-init"), ==, 1);
    bench_await(&b, "led=breathing white", MS(4000));
    bench_run_for(&b, MS(1000));
    g_assert_null(bench_find(&b, 0, "wifi"));
    g_assert_null(bench_find(&b, 0, "fault"));
    g_assert_null(bench_find(&b, 0, "reset"));
    bench_close(&b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int i = 0; i < GENERATIONS; i++) {
        g_autofree char *up = g_strdup_printf("/images/radio/%s/bring-up", generations[i].set);
        g_test_add_data_func(up, &bring_ups[i], bring_up);
        g_autofree char *app = g_strdup_printf("/images/radio/%s/doctor", generations[i].set);
        g_test_add_data_func(app, &bring_ups[i], doctor);
    }
    return bench_run_tests();
}
