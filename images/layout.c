/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/layout.h"

#include "images/file.h"

struct range {
    uint32_t first, last;
    char *label, *remedy;
};

struct image_layout {
    GArray *ranges;
};

static void range_clear(void *data)
{
    struct range *range = data;
    g_free(range->label);
    g_free(range->remedy);
}

struct image_layout *image_layout_new(void)
{
    struct image_layout *layout = g_new0(struct image_layout, 1);
    layout->ranges = g_array_new(FALSE, FALSE, sizeof(struct range));
    g_array_set_clear_func(layout->ranges, range_clear);
    return layout;
}

void image_layout_free(struct image_layout *layout)
{
    if (layout == NULL)
        return;
    g_array_unref(layout->ranges);
    g_free(layout);
}

bool image_layout_claim(struct image_layout *layout, uint32_t address, uint32_t size, const char *label, const char *remedy,
                        GError **error)
{
    if (size == 0)
        return true;
    struct range new = {.first = address, .last = address + (size - 1)};
    for (unsigned i = 0; i < layout->ranges->len; i++) {
        const struct range *old = &g_array_index(layout->ranges, struct range, i);
        if (new.last < old->first || new.first > old->last)
            continue;
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_OVERLAP, "%s overlaps %s at 0x%08X: there is room for one of them%s%s.",
                    label, old->label, MAX(new.first, old->first), old->remedy != NULL ? "; leave the other out with " : "",
                    old->remedy != NULL ? old->remedy : "");
        return false;
    }
    new.label = g_strdup(label);
    new.remedy = g_strdup(remedy);
    g_array_append_val(layout->ranges, new);
    return true;
}
