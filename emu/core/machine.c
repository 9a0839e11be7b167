/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/machine-internal.h"

#include <stdarg.h>
#include <string.h>

#include "emu/core/cpu.h"

/* ---- making one ---- */

struct machine *machine_new(uint64_t seed)
{
    struct machine *m = g_new0(struct machine, 1);
    m->seed = seed;
    m->devices = g_ptr_array_new();
    m->device_by_name = g_hash_table_new(g_str_hash, g_str_equal);
    m->bit_bands = g_array_new(FALSE, TRUE, sizeof(struct bit_band));
    m->clock_nodes = g_array_new(FALSE, TRUE, sizeof(struct clock_node));
    m->subscriptions = g_array_new(FALSE, TRUE, sizeof(struct subscription));
    m->reports = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    m->reset_wanted = -1;
    m->timer_now = TICKS_NEVER;
#ifdef PHOTON_EMU_MUTATIONS
    machine_choose_mutation(m);
#endif
    return m;
}

static void free_device(struct device *dev)
{
    struct device_wiring *w = dev->wiring;
    for (unsigned i = 0; i < dev->class->n_outputs; i++)
        g_array_free(w->sinks[i], TRUE);
    g_free(w->sinks);
    g_free(w->sources);
    g_free(w->clock_nodes);
    g_array_free(w->gates, TRUE);
    g_array_free(w->resets, TRUE);
    g_free(w->masks);
    g_free(w->reg_of_word);
    g_free(w);
    g_free(dev);
}

static void free_owned(void *data)
{
    struct owned *o = data;
    o->free(o->data);
    g_free(o);
}

void machine_own(struct machine *m, void *data, GDestroyNotify free)
{
    struct owned *o = g_new0(struct owned, 1);
    *o = (struct owned){data, free};
    m->owned = g_slist_prepend(m->owned, o);
}

void machine_free(struct machine *m)
{
    if (m == NULL)
        return;
    if (m->engine != NULL)
        engine_free(m->engine);
    for (unsigned i = 0; i < m->devices->len; i++)
        free_device(g_ptr_array_index(m->devices, i));
    g_ptr_array_free(m->devices, TRUE);
    g_hash_table_destroy(m->device_by_name);
    g_array_free(m->bit_bands, TRUE);
    for (unsigned i = 0; i < m->clock_nodes->len; i++)
        g_array_free(g_array_index(m->clock_nodes, struct clock_node, i).sinks, TRUE);
    g_array_free(m->clock_nodes, TRUE);
    g_array_free(m->subscriptions, TRUE);
    if (m->ears != NULL)
        g_array_free(m->ears, TRUE);
    g_hash_table_destroy(m->reports);
    if (m->flash_pages != NULL) {
        for (uint32_t i = 0; i < m->flash.size / FLASH_PAGE; i++)
            g_clear_pointer(&m->flash_pages[i], g_bytes_unref);
        g_free(m->flash_pages);
    }
    g_free(m->windows);
    g_slist_free_full(m->owned, free_owned);
    g_aligned_free(m->ram.host);
    g_aligned_free(m->flash.host);
    g_aligned_free(m->block);
    g_free(m);
}

void machine_add_ram(struct machine *m, const char *name, uint32_t base, uint32_t size)
{
    g_assert(m->ram.host == NULL && size % 0x400 == 0);
    m->ram = (struct memory){.name = name, .base = base, .size = size};
    m->ram.host = g_aligned_alloc0(1, size, 4096);
}

void machine_add_flash(struct machine *m, struct device *controller, uint32_t base, uint32_t size, uint32_t alias)
{
    g_assert(m->flash.host == NULL && size % FLASH_PAGE == 0 && controller->class->memory_store != NULL);
    m->flash = (struct memory){
        .name = "flash", .base = base, .size = size, .is_flash = true, .alias = alias, .controller = controller};
    m->flash.host = g_aligned_alloc(1, size, 4096);
    memset(m->flash.host, 0xFF, size);
    m->flash_pages = g_new0(GBytes *, size / FLASH_PAGE);
}

void machine_add_bit_band(struct machine *m, uint32_t base, uint32_t size, uint32_t alias)
{
    struct bit_band band = {base, size, alias};
    g_array_append_val(m->bit_bands, band);
}

static struct reg_masks masks_of(const struct reg *reg)
{
    struct reg_masks k = {0};
    for (unsigned i = 0; i < reg->n_fields; i++) {
        const struct reg_field *f = &reg->fields[i];
        uint32_t mask = field_mask(f->lsb, f->width);
        if ((k.readable | k.writable) & mask)
            g_error("register %s: field %s overlaps another one", reg->name, f->name);
        uint32_t *by_access[] = {[RW] = &k.rw, [W1C] = &k.w1c, [W0C] = &k.w0c, [W1S] = &k.w1s};
        if (f->access != RO && f->access != WO)
            *by_access[f->access] |= mask;
        if (f->access != WO)
            k.readable |= mask;
        if (f->access != RO)
            k.writable |= mask;
        *(f->class == EFFECT ? &k.effect : f->class == STORED ? &k.stored : &k.unmodelled) |= mask;
    }
    return k;
}

static struct device_wiring *wire(const struct device_class *class)
{
    struct device_wiring *w = g_new0(struct device_wiring, 1);
    w->sinks = g_new0(GArray *, class->n_outputs + 1);
    for (unsigned i = 0; i < class->n_outputs; i++)
        w->sinks[i] = g_array_new(FALSE, TRUE, sizeof(struct connection));
    w->sources = g_malloc0_n(class->n_inputs + 1, sizeof *w->sources);
    w->clock_nodes = g_new(int, class->n_clocks + 1);
    for (unsigned i = 0; i < class->n_clocks; i++)
        w->clock_nodes[i] = -1;
    w->gates = g_array_new(FALSE, TRUE, sizeof(struct gate_sink));
    w->resets = g_array_new(FALSE, TRUE, sizeof(struct gate_sink));
    w->masks = g_new0(struct reg_masks, class->n_registers + 1);
    w->reg_of_word = g_new(uint16_t, class->window / 4 + 1);
    for (uint32_t i = 0; i < class->window / 4; i++)
        w->reg_of_word[i] = NO_REGISTER;
    for (unsigned i = 0; i < class->n_registers; i++) {
        const struct reg *reg = &class->registers[i];
        if (reg->name == NULL)
            continue;
        g_assert(reg->offset % 4 == 0 && reg->offset < class->window && w->reg_of_word[reg->offset / 4] == NO_REGISTER);
        w->reg_of_word[reg->offset / 4] = (uint16_t)i;
        w->masks[i] = masks_of(reg);
    }
    return w;
}

struct device *machine_add_device(struct machine *m, const struct device_class *class, const char *name, uint32_t base,
                                  const void *config)
{
    g_assert(!m->sealed && !g_hash_table_contains(m->device_by_name, name));
    struct device *dev = g_new0(struct device, 1);
    dev->class = class;
    dev->name = name;
    dev->machine = m;
    dev->base = base;
    dev->config = config;
    dev->wiring = wire(class);
    dev->wiring->first_timer = m->n_timers;
    g_assert(m->n_timers + class->n_timers <= MAX_TIMERS);
    for (unsigned i = 0; i < class->n_timers; i++) {
        m->timer_device[m->n_timers] = dev;
        m->timer_index[m->n_timers++] = i;
    }
    g_ptr_array_add(m->devices, dev);
    g_hash_table_insert(m->device_by_name, (gpointer)name, dev);
    return dev;
}

struct device *machine_device(const struct machine *m, const char *name)
{
    return g_hash_table_lookup(m->device_by_name, name);
}

GPtrArray *machine_devices(struct machine *m)
{
    return m->devices;
}

enum line_kind { LINE_OUTPUT, LINE_INPUT, LINE_CLOCK };

/* Resolve "DEVICE.line"; a mistake in a wiring list is a mistake in the program. */
static struct device *find_line(const struct machine *m, const char *path, enum line_kind kind, unsigned *index)
{
    const char *dot = strchr(path, '.');
    g_autofree char *name = dot != NULL ? g_strndup(path, (gsize)(dot - path)) : g_strdup(path);
    struct device *dev = machine_device(m, name);
    if (dev == NULL || dot == NULL)
        g_error("wiring: no device for \"%s\"", path);
    const struct device_class *c = dev->class;
    const char *const *names = kind == LINE_OUTPUT ? c->output_names : kind == LINE_INPUT ? c->input_names : c->clock_names;
    unsigned n = kind == LINE_OUTPUT ? c->n_outputs : kind == LINE_INPUT ? c->n_inputs : c->n_clocks;
    for (unsigned i = 0; i < n; i++)
        if (names[i] != NULL && strcmp(names[i], dot + 1) == 0) {
            *index = i;
            return dev;
        }
    g_error("wiring: \"%s\" is not an %s of a %s", path, kind == LINE_OUTPUT ? "output" : "input", c->name);
}

struct device *machine_output(struct machine *m, const char *path, unsigned *output)
{
    return find_line(m, path, LINE_OUTPUT, output);
}

void machine_connect(struct machine *m, const char *output, const char *input)
{
    unsigned out, in;
    struct device *source = find_line(m, output, LINE_OUTPUT, &out);
    struct device *sink = find_line(m, input, LINE_INPUT, &in);
    if (sink->wiring->sources[in].device != NULL)
        g_error("wiring: \"%s\" has two sources, the second is \"%s\"", input, output);
    sink->wiring->sources[in].device = source;
    sink->wiring->sources[in].output = out;
    struct connection c = {sink, in};
    g_array_append_val(source->wiring->sinks[out], c);
}

/* Find both ends of a wire from an output to a device's gate or reset, and let the source know whom it serves. */
static struct device *join_control(struct machine *m, const char *output, const char *device, bool reset,
                                   struct device **source, unsigned *out)
{
    *source = find_line(m, output, LINE_OUTPUT, out);
    struct device *dev = machine_device(m, device);
    if (dev == NULL)
        g_error("wiring: no device \"%s\"", device);
    struct gate_sink sink = {*out, dev};
    g_array_append_val(reset ? (*source)->wiring->resets : (*source)->wiring->gates, sink);
    return dev;
}

void machine_connect_gate(struct machine *m, const char *output, const char *device)
{
    struct device *source;
    unsigned out;
    struct device *dev = join_control(m, output, device, false, &source, &out);
    dev->wiring->gate_device = source;
    dev->wiring->gate_output = out;
}

void machine_connect_reset(struct machine *m, const char *output, const char *device)
{
    struct device *source;
    unsigned out;
    join_control(m, output, device, true, &source, &out);
}

static int clock_node(struct machine *m, const char *name, bool make)
{
    for (unsigned i = 0; i < m->clock_nodes->len; i++)
        if (strcmp(g_array_index(m->clock_nodes, struct clock_node, i).name, name) == 0)
            return (int)i;
    if (!make)
        return -1;
    g_assert(m->clock_nodes->len < MAX_CLOCKS && !m->sealed);
    struct clock_node node = {name, g_array_new(FALSE, TRUE, sizeof(struct connection))};
    g_array_append_val(m->clock_nodes, node);
    return (int)m->clock_nodes->len - 1;
}

void machine_connect_clock(struct machine *m, const char *clock, const char *input)
{
    unsigned in;
    struct device *dev = find_line(m, input, LINE_CLOCK, &in);
    int node = clock_node(m, clock, true);
    dev->wiring->clock_nodes[in] = node;
    struct connection c = {dev, in};
    g_array_append_val(g_array_index(m->clock_nodes, struct clock_node, node).sinks, c);
}

static int compare_base(const void *a, const void *b)
{
    uint32_t x = (*(struct device *const *)a)->base, y = (*(struct device *const *)b)->base;
    return x < y ? -1 : x > y;
}

static size_t align16(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

void machine_seal(struct machine *m)
{
    g_assert(!m->sealed);
    size_t size = align16(sizeof(struct machine_value));
    m->windows = g_new0(struct device *, m->devices->len + 1);
    for (unsigned i = 0; i < m->devices->len; i++) {
        struct device *dev = g_ptr_array_index(m->devices, i);
        struct device_wiring *w = dev->wiring;
        w->state_offset = size;
        size += align16(dev->class->state_size);
        w->regs_offset = size;
        size += align16(dev->class->n_registers * sizeof(uint32_t));
        w->outputs_offset = size;
        size += align16(dev->class->n_outputs * sizeof(struct signal));
        w->reported_offset = size;
        size += align16(2 * dev->class->n_registers * sizeof(uint32_t));
        if (dev->class->window != 0)
            m->windows[m->n_windows++] = dev;
    }
    qsort(m->windows, m->n_windows, sizeof m->windows[0], compare_base);
    m->block_size = size;
    m->block = g_aligned_alloc0(1, size, 64);
    m->v = (struct machine_value *)m->block;
    for (unsigned i = 0; i < m->devices->len; i++) {
        struct device *dev = g_ptr_array_index(m->devices, i);
        dev->state = m->block + dev->wiring->state_offset;
        dev->regs = (uint32_t *)(m->block + dev->wiring->regs_offset);
        dev->wiring->outputs = (struct signal *)(m->block + dev->wiring->outputs_offset);
        dev->wiring->reported = (uint32_t *)(m->block + dev->wiring->reported_offset);
        dev->wiring->touched = dev->wiring->reported + dev->class->n_registers;
    }
    for (unsigned i = 0; i < MAX_TIMERS; i++)
        m->v->timer_due[i] = TICKS_NEVER;
    for (unsigned i = 0; i < MAX_CLOCKS; i++)
        m->v->clocks[i] = FREQUENCY_STOPPED;
    m->next_due = TICKS_NEVER;
    m->sealed = true;
    for (unsigned i = 0; i < m->devices->len; i++) {
        struct device *dev = g_ptr_array_index(m->devices, i);
        if (dev->class->init != NULL)
            dev->class->init(dev);
    }
}

void machine_set_strict_stored(struct machine *m, bool on)
{
    m->strict_stored = on;
}

/* ---- reset ---- */

void device_reset_registers(struct device *dev)
{
    for (unsigned i = 0; i < dev->class->n_registers; i++)
        dev->regs[i] = dev->class->registers[i].reset;
    for (unsigned i = 0; i < dev->class->n_timers; i++)
        device_cancel(dev, i);
}

static void reset_device(struct device *dev, enum reset_kind kind)
{
    if (dev->class->reset != NULL)
        dev->class->reset(dev, kind);
    else if (kind != RESET_BACKUP)
        device_reset_registers(dev);
}

static void reset_devices(struct machine *m, enum reset_kind kind)
{
    for (unsigned i = 0; i < m->devices->len; i++)
        reset_device(g_ptr_array_index(m->devices, i), kind);
}

void machine_power_on(struct machine *m)
{
    m->reset_cause = "power-on";
    reset_devices(m, RESET_BACKUP);
    machine_power_on_with_battery(m);
}

void machine_power_on_with_battery(struct machine *m)
{
    m->reset_cause = "power-on";
    m->v->stall_until = 0;
    reset_devices(m, RESET_POWER_ON);
    m->reset_wanted = -1;
    if (m->engine != NULL)
        engine_reset(m->engine);
}

void machine_hold_reset(struct machine *m, bool held, const char *cause)
{
    if (held == m->v->held_in_reset)
        return;
    if (held)
        machine_request_reset(m, RESET_SYSTEM, cause);
    m->v->held_in_reset = held;
}

void machine_request_reset(struct machine *m, enum reset_kind kind, const char *cause)
{
    if (kind == RESET_BACKUP) {
        const char *before = m->reset_cause;
        m->reset_cause = cause;
        reset_devices(m, RESET_BACKUP);
        m->reset_cause = before;
        return;
    }
    if (m->reset_wanted >= 0)
        return;
    m->reset_wanted = kind;
    m->reset_cause = cause;
    if (m->engine != NULL)
        engine_interrupt(m->engine);
}

void machine_apply_reset(struct machine *m, enum reset_kind kind, const char *cause)
{
    m->reset_cause = cause;
    machine_publish(m, "reset", FIELD_STRING("cause", cause));
    m->reset_wanted = -1;
    m->v->stall_until = 0;
    reset_devices(m, kind);
    if (m->engine != NULL)
        engine_reset(m->engine);
}

const char *machine_reset_cause(const struct machine *m)
{
    return m->reset_cause;
}

/* ---- time ---- */

ticks_t machine_now(const struct machine *m)
{
    if (m->timer_now != TICKS_NEVER)
        return m->timer_now;
    return m->engine != NULL ? engine_now(m->engine) : m->v->now;
}

void machine_find_next(struct machine *m)
{
    ticks_t next = TICKS_NEVER;
    for (unsigned i = 0; i < m->n_timers; i++)
        if (m->v->timer_due[i] < next)
            next = m->v->timer_due[i];
    m->next_due = next;
}

static void next_changed(struct machine *m)
{
    if (m->engine != NULL)
        engine_deadline_changed(m->engine);
}

void device_schedule(struct device *dev, unsigned timer, ticks_t when)
{
    struct machine *m = dev->machine;
    g_assert(timer < dev->class->n_timers);
    unsigned slot = dev->wiring->first_timer + timer;
    ticks_t old = m->v->timer_due[slot];
    ticks_t now = machine_now(m);
    if (when < now)
        when = now;
    m->v->timer_due[slot] = when;
    m->v->timer_order[slot] = ++m->v->timer_sequence;
    if (when < m->next_due) {
        m->next_due = when;
        next_changed(m);
    } else if (old == m->next_due && when != old) {
        machine_find_next(m);
        next_changed(m);
    }
}

void device_cancel(struct device *dev, unsigned timer)
{
    struct machine *m = dev->machine;
    unsigned slot = dev->wiring->first_timer + timer;
    ticks_t old = m->v->timer_due[slot];
    m->v->timer_due[slot] = TICKS_NEVER;
    if (old != TICKS_NEVER && old == m->next_due) {
        machine_find_next(m);
        next_changed(m);
    }
}

ticks_t device_timer_due(const struct device *dev, unsigned timer)
{
    return dev->machine->v->timer_due[dev->wiring->first_timer + timer];
}

static unsigned first_due(const struct machine *m)
{
    unsigned best = m->n_timers;
    for (unsigned i = 0; i < m->n_timers; i++) {
        if (m->v->timer_due[i] == TICKS_NEVER)
            continue;
        if (best == m->n_timers || m->v->timer_due[i] < m->v->timer_due[best] ||
            (m->v->timer_due[i] == m->v->timer_due[best] && m->v->timer_order[i] < m->v->timer_order[best]))
            best = i;
    }
    return best;
}

void machine_run_timers(struct machine *m, ticks_t now)
{
    if (m->next_due > now || m->timer_now != TICKS_NEVER)
        return;
    while (m->next_due <= now) {
        unsigned slot = first_due(m);
        m->timer_now = m->v->timer_due[slot];
        m->v->timer_due[slot] = TICKS_NEVER;
        machine_find_next(m);
        struct device *dev = m->timer_device[slot];
        dev->class->timer(dev, m->timer_index[slot]);
    }
    m->timer_now = TICKS_NEVER;
    next_changed(m);
}

void machine_pass_time(struct machine *m, ticks_t until)
{
    g_assert(m->engine == NULL && until >= m->v->now);
    for (;;) {
        while (m->ears_due)
            machine_call_ears(m);
        if (m->next_due > until)
            break;
        m->v->now = MAX(m->v->now, m->next_due);
        machine_run_timers(m, m->v->now);
    }
    m->v->now = until;
}

void machine_stall_flash(struct machine *m, ticks_t until)
{
    m->v->stall_until = until;
    if (m->engine != NULL)
        engine_interrupt(m->engine);
}

/* ---- clocks ---- */

bool device_gated(const struct device *dev)
{
    const struct device_wiring *w = dev->wiring;
    return w->gate_device != NULL && w->gate_device->wiring->outputs[w->gate_output].level == 0;
}

struct frequency device_clock(const struct device *dev, unsigned clock)
{
    int node = dev->wiring->clock_nodes[clock];
    if (node < 0 || device_gated(dev))
        return FREQUENCY_STOPPED;
    return dev->machine->v->clocks[node];
}

void machine_set_clock(struct machine *m, const char *clock, struct frequency f)
{
    int node = clock_node(m, clock, false);
    if (node < 0)
        return; /* nothing on this board follows it */
    struct frequency old = m->v->clocks[node];
    if (frequency_equal(old, f))
        return;
    m->v->clocks[node] = f;
    GArray *sinks = g_array_index(m->clock_nodes, struct clock_node, node).sinks;
    for (unsigned i = 0; i < sinks->len; i++) {
        struct connection *c = &g_array_index(sinks, struct connection, i);
        if (c->device->class->clock_changed != NULL && !device_gated(c->device))
            c->device->class->clock_changed(c->device, c->input, old);
    }
}

struct frequency machine_clock(const struct machine *m, const char *clock)
{
    int node = clock_node((struct machine *)m, clock, false);
    return node < 0 ? FREQUENCY_STOPPED : m->v->clocks[node];
}

/* ---- lines ---- */

static void gate_changed(struct device *dev, bool on)
{
    if (dev->class->clock_changed == NULL)
        return;
    for (unsigned i = 0; i < dev->class->n_clocks; i++) {
        int node = dev->wiring->clock_nodes[i];
        if (node >= 0)
            dev->class->clock_changed(dev, i, on ? FREQUENCY_STOPPED : dev->machine->v->clocks[node]);
    }
}

static bool same_signal(const struct signal *a, const struct signal *b)
{
    return a->level == b->level && a->period == b->period && a->high == b->high && a->epoch == b->epoch;
}

void device_set_signal(struct device *dev, unsigned output, struct signal s)
{
    g_assert(output < dev->class->n_outputs);
    struct signal *held = &dev->wiring->outputs[output];
    if (same_signal(held, &s))
        return;
    uint32_t old_level = held->level;
    *held = s;
    if (dev->machine->ears != NULL)
        machine_note_output(dev, output);
    GArray *sinks = dev->wiring->sinks[output];
    for (unsigned i = 0; i < sinks->len; i++) {
        struct connection *c = &g_array_index(sinks, struct connection, i);
        if (c->device->class->input != NULL)
            c->device->class->input(c->device, c->input, &s);
        if (!same_signal(held, &s))
            return; /* a sink made the source change it again: the others have seen the newer value already */
    }
    if (old_level == s.level)
        return;
    for (unsigned i = 0; i < dev->wiring->gates->len; i++) {
        struct gate_sink *g = &g_array_index(dev->wiring->gates, struct gate_sink, i);
        if (g->output == output)
            gate_changed(g->device, s.level != 0);
    }
    for (unsigned i = 0; i < dev->wiring->resets->len; i++) {
        struct gate_sink *g = &g_array_index(dev->wiring->resets, struct gate_sink, i);
        if (g->output == output && s.level != 0)
            reset_device(g->device, RESET_SYSTEM);
    }
}

void device_set_level(struct device *dev, unsigned output, uint32_t level)
{
    device_set_signal(dev, output, (struct signal){.level = level});
}

void device_pulse(struct device *dev, unsigned output)
{
    device_set_level(dev, output, 1);
    device_set_level(dev, output, 0);
}

struct signal device_output(const struct device *dev, unsigned output)
{
    return dev->wiring->outputs[output];
}

bool device_input_connected(const struct device *dev, unsigned input)
{
    return dev->wiring->sources[input].device != NULL;
}

struct signal device_input(const struct device *dev, unsigned input)
{
    if (!device_input_connected(dev, input))
        return (struct signal){0};
    return device_output(dev->wiring->sources[input].device, dev->wiring->sources[input].output);
}

/* How far a wave is into its period. */
static ticks_t phase_at(const struct signal *s, ticks_t now)
{
    return now >= s->epoch ? (now - s->epoch) % s->period : s->period - 1 - (s->epoch - now - 1) % s->period;
}

uint32_t signal_level_at(const struct signal *s, ticks_t now)
{
    return s->period == 0 ? s->level : phase_at(s, now) < s->high;
}

ticks_t signal_next_edge(const struct signal *s, ticks_t now)
{
    if (s->period == 0)
        return TICKS_NEVER;
    ticks_t phase = phase_at(s, now);
    return now + (phase < s->high && s->high < s->period ? s->high - phase : s->period - phase);
}

/* ---- flash ---- */

uint32_t device_flash_size(const struct device *dev)
{
    g_assert(dev->machine->flash.controller == dev);
    return dev->machine->flash.size;
}

const uint8_t *device_flash(const struct device *dev)
{
    g_assert(dev->machine->flash.controller == dev);
    return dev->machine->flash.host;
}

static void flash_changed(struct machine *m, uint32_t offset, uint32_t length)
{
    for (uint32_t page = offset / FLASH_PAGE; page <= (offset + length - 1) / FLASH_PAGE; page++)
        g_clear_pointer(&m->flash_pages[page], g_bytes_unref);
    if (m->engine != NULL)
        engine_code_changed(m->engine, offset, length);
}

void device_flash_write(struct device *dev, uint32_t offset, const void *data, uint32_t length)
{
    struct machine *m = dev->machine;
    g_assert(length > 0 && offset < m->flash.size && length <= m->flash.size - offset);
    memcpy(m->flash.host + offset, data, length);
    flash_changed(m, offset, length);
}

void device_flash_fill(struct device *dev, uint32_t offset, uint8_t value, uint32_t length)
{
    struct machine *m = dev->machine;
    g_assert(length > 0 && offset < m->flash.size && length <= m->flash.size - offset);
    memset(m->flash.host + offset, value, length);
    flash_changed(m, offset, length);
}

/* ---- noise ---- */

uint64_t machine_seed(const struct machine *m)
{
    return m->seed;
}

uint64_t noise_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

void machine_report(struct machine *m, const char *kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    if (!g_hash_table_add(m->reports, g_strdup(text)))
        return;
    machine_publish(m, kind, FIELD_STRING("text", text), FIELD_HEX("pc", machine_pc(m)));
}
