/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host bridges' ears on output lines. Heard at acceptance points only, so that being listened to changes nothing. */
#include "emu/core/machine-internal.h"

struct ear {
    struct device *device;
    unsigned output;
    bool due;
    machine_listener f;
    void *data;
};

void machine_listen(struct machine *m, const char *output, machine_listener f, void *data)
{
    struct ear ear = {.f = f, .data = data};
    ear.device = machine_output(m, output, &ear.output);
    if (m->ears == NULL)
        m->ears = g_array_new(FALSE, FALSE, sizeof(struct ear));
    g_array_append_val(m->ears, ear);
}

void machine_unlisten(struct machine *m, const char *output, machine_listener f, void *data)
{
    unsigned index;
    struct device *dev = machine_output(m, output, &index);
    for (unsigned i = 0; m->ears != NULL && i < m->ears->len; i++) {
        struct ear *ear = &g_array_index(m->ears, struct ear, i);
        if (ear->device == dev && ear->output == index && ear->f == f && ear->data == data) {
            g_array_remove_index(m->ears, i);
            break;
        }
    }
    if (m->ears != NULL && m->ears->len == 0) {
        g_array_free(m->ears, TRUE);
        m->ears = NULL;
    }
}

void machine_note_output(struct device *dev, unsigned output)
{
    struct machine *m = dev->machine;
    for (unsigned i = 0; i < m->ears->len; i++) {
        struct ear *ear = &g_array_index(m->ears, struct ear, i);
        if (ear->device != dev || ear->output != output)
            continue;
        ear->due = true;
        if (!m->ears_due && m->engine != NULL)
            engine_interrupt(m->engine);
        m->ears_due = true;
    }
}

void machine_call_ears(struct machine *m)
{
    m->ears_due = false;
    /* A listener may come or go, and make lines change, while it is called. */
    for (unsigned i = 0; m->ears != NULL && i < m->ears->len; i++) {
        struct ear *ear = &g_array_index(m->ears, struct ear, i);
        if (!ear->due)
            continue;
        ear->due = false;
        ear->f(ear->data);
    }
}
