/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/script/prepared.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "boards/device-file.h"
#include "images/file.h"
#include "images/set.h"

/* A seed with which the systems tried find their keys soon, and how long that may take at most. */
enum { KEY_SEED = 3 };
#define KEY_TIME (120 * TICKS_PER_SECOND)
/* After the keys are made the system resets and starts again; what it writes to the DCT at its second start it has written when
   it says that it is in main (DR1 = 5). */
#define START_TIME (10 * TICKS_PER_SECOND)

enum { MOST_BOOTED = 24 };

struct booted {
    struct dut *dut;
    struct dut_moment *moment;
};

struct prepared {
    char *folder, *tag;
    GHashTable *keys;   /* name -> struct board_persistent * */
    GHashTable *booted; /* name -> struct booted * */
    GQueue *order;      /* names of booted, oldest first */
};

static void booted_free(void *data)
{
    struct booted *b = data;
    dut_moment_free(b->moment);
    dut_free(b->dut);
    g_free(b);
}

struct prepared *prepared_new(const char *folder, const char *tag)
{
    struct prepared *p = g_new0(struct prepared, 1);
    p->folder = g_strdup(folder);
    p->tag = g_strdup(tag);
    p->keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    p->booted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, booted_free);
    p->order = g_queue_new();
    return p;
}

void prepared_free(struct prepared *p)
{
    if (p == NULL)
        return;
    g_hash_table_unref(p->keys);
    g_hash_table_unref(p->booted);
    g_queue_free(p->order);
    g_free(p->folder);
    g_free(p->tag);
    g_free(p);
}

/* ---- devices with keys ---- */

static struct board_persistent *as_shipped(const struct board *board, const char *set, GError **error)
{
    struct image_set *images = image_set_load(&(struct image_options){.set = set, .platform = board->platform}, error);
    if (images == NULL)
        return NULL;
    struct board_persistent *device = g_new0(struct board_persistent, 1);
    board_persistent_new(device, 0);
    device->noise = KEY_SEED;
    struct image_layout *layout = image_layout_new();
    bool good = image_set_apply(images, device->flash, layout, error);
    image_layout_free(layout);
    image_set_free(images);
    if (!good)
        g_clear_pointer(&device, g_free);
    return device;
}

static bool first_boot(const struct board *board, const char *set, struct board_persistent *device, GError **error)
{
    struct dut *d = dut_new(&(struct dut_options){.board = board, .set = set, .seed = KEY_SEED}, device, error);
    if (d == NULL)
        return false;
    struct condition *made = condition_parse("reset=software", NULL);
    struct condition *started = condition_parse("backup.register=DR1 and backup.value=5", NULL);
    dut_power_on(d);
    bool good = dut_wait(d, KEY_TIME, made) == DUT_MET && dut_wait(d, machine_now(d->machine) + START_TIME, started) == DUT_MET;
    dut_power_off(d);
    *device = *d->persistent;
    if (!good)
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_FORMAT,
                    "a new device of set %s made no keys within %u s of its first start and started again", set,
                    (unsigned)(KEY_TIME / TICKS_PER_SECOND));
    condition_free(made);
    condition_free(started);
    dut_free(d);
    return good;
}

/* From the folder, where it is as well if it has to be made; only one process makes it. */
static bool keys_from_folder(struct prepared *p, const struct board *board, const char *set, const char *name,
                             struct board_persistent *device, GError **error)
{
    g_autofree char *path = g_build_filename(p->folder, name, NULL);
    g_autofree char *lock_path = g_strconcat(path, ".lock", NULL);
    g_autofree char *new_path = g_strdup_printf("%s.%d", path, (int)getpid());
    int lock = g_open(lock_path, O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    if (lock < 0) {
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_READ, "the cache file %s cannot be made: %s", lock_path, g_strerror(errno));
        return false;
    }
    while (flock(lock, LOCK_EX) != 0 && errno == EINTR)
        continue;
    g_autoptr(GError) damaged = NULL;
    struct device_file *file = device_file_open(path, board->name, device, &damaged);
    bool good = file != NULL || first_boot(board, set, device, error);
    device_file_close(file);
    if (good && file == NULL) {
        g_unlink(new_path);
        file = device_file_create(new_path, board->name, set, device, error);
        good = file != NULL && device_file_save(file, device, error);
        device_file_close(file);
        if (good && g_rename(new_path, path) != 0) {
            g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_READ, "the cache file %s cannot be made: %s", path, g_strerror(errno));
            good = false;
        }
    }
    close(lock);
    return good;
}

bool prepared_keys(struct prepared *p, const struct board *board, const char *set, struct board_persistent *device,
                   GError **error)
{
    g_autofree struct board_persistent *shipped = as_shipped(board, set, error);
    if (shipped == NULL)
        return false;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, (const guchar *)(p->tag != NULL ? p->tag : ""), -1);
    g_checksum_update(sum, (const guchar *)board->name, -1);
    g_checksum_update(sum, shipped->flash, sizeof shipped->flash);
    g_autofree char *name = g_strdup_printf("%s.device", g_checksum_get_string(sum));
    struct board_persistent *known = g_hash_table_lookup(p->keys, name);
    if (known == NULL) {
        bool good =
            p->folder != NULL ? keys_from_folder(p, board, set, name, shipped, error) : first_boot(board, set, shipped, error);
        if (!good)
            return false;
        known = g_steal_pointer(&shipped);
        known->has_backup = false;
        g_hash_table_insert(p->keys, g_steal_pointer(&name), known);
    }
    *device = *known;
    return true;
}

/* ---- booted devices ---- */

static char *name_booted(const struct dut_options *options, const struct board_persistent *persistent, const char *text,
                         ticks_t within)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autoptr(GString) words = g_string_new(NULL);
    g_string_append_printf(words, "%s\n%s\n%" G_GUINT64_FORMAT "\n%d%d\n%s\n%" G_GUINT64_FORMAT "\n", options->board->name,
                           options->set, (guint64)options->seed, options->vbat, options->wifi_absent, text, (guint64)within);
    for (guint i = 0; options->inputs != NULL && i < options->inputs->len; i++) {
        const struct dut_input *input = &g_array_index(options->inputs, struct dut_input, i);
        g_string_append_printf(words, "%s=%s\n", input->name, input->value);
    }
    g_checksum_update(sum, (const guchar *)words->str, (gssize)words->len);
    g_checksum_update(sum, (const guchar *)persistent, sizeof *persistent);
    return g_strdup(g_checksum_get_string(sum));
}

static void forget_oldest(struct prepared *p)
{
    if (g_queue_get_length(p->order) < MOST_BOOTED)
        return;
    char *oldest = g_queue_pop_head(p->order);
    g_hash_table_remove(p->booted, oldest); /* frees the name as well */
}

struct dut *prepared_booted(struct prepared *p, const struct dut_options *options, const struct board_persistent *persistent,
                            const char *text, ticks_t within, enum dut_end *end, GError **error)
{
    g_autofree char *name = name_booted(options, persistent, text, within);
    struct booted *b = g_hash_table_lookup(p->booted, name);
    if (b == NULL) {
        struct condition *condition = condition_parse(text, error);
        if (condition == NULL)
            return NULL;
        struct dut *d = dut_new(options, persistent, error);
        if (d == NULL) {
            condition_free(condition);
            return NULL;
        }
        dut_power_on(d);
        *end = dut_wait(d, machine_now(d->machine) + within, condition);
        condition_free(condition);
        if (*end != DUT_MET)
            return d; /* to be looked at, not to be used again */
        b = g_new0(struct booted, 1);
        b->dut = d;
        b->moment = dut_save(d);
        forget_oldest(p);
        g_queue_push_tail(p->order, name);
        g_hash_table_insert(p->booted, g_steal_pointer(&name), b);
    }
    *end = DUT_MET;
    return dut_clone(b->dut, b->moment);
}
