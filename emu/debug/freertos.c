/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/debug/freertos.h"

#include <string.h>

#include "emu/core/thumb.h"

/* List_t: number of items, index, end mark {value, next, previous}. ListItem_t: value, next, previous, owner, container. */
enum { LIST_COUNT = 0, LIST_END = 8, LIST_SIZE = 20 };
enum { ITEM_VALUE = 0, ITEM_NEXT = 4, ITEM_OWNER = 12, ITEM_CONTAINER = 16 };
/* TCB_t. */
enum { TCB_TOP = 0, TCB_STATE_ITEM = 4, TCB_EVENT_ITEM = 24, TCB_PRIORITY = 44, TCB_STACK = 48, TCB_NAME = 52 };
enum { MOST_THREADS = 64, MOST_PRIORITIES = 64, LARGEST_STACK = 0x10000, STACK_FILL = 0xA5 };

#define RAM_BASE UINT32_C(0x20000000)
#define RAM_SIZE UINT32_C(0x20000)
#define VTOR     UINT32_C(0xE000ED08)
#define PENDSV   (4 * 14)

struct view {
    struct machine *machine;
    uint8_t ram[RAM_SIZE];
    uint32_t current_at; /* address of pxCurrentTCB */
};

static bool in_ram(uint32_t address, uint32_t size)
{
    return (address & 3) == 0 && address - RAM_BASE < RAM_SIZE && size <= RAM_SIZE - (address - RAM_BASE);
}

/* A word of RAM; 0 elsewhere. */
static uint32_t word(const struct view *v, uint32_t address)
{
    uint32_t value = 0;
    if (in_ram(address, 4))
        memcpy(&value, v->ram + (address - RAM_BASE), 4);
    return value;
}

/* ---- the kernel ---- */

static bool halfwords(struct machine *m, uint32_t pc, uint16_t code[2])
{
    return debug_read(m, pc, code, 4) == 4;
}

/* What the PendSV handler loads from a literal behind MRS Rn, PSP: &pxCurrentTCB. 0: this handler is none of FreeRTOS. */
static uint32_t find_current(struct machine *m)
{
    uint32_t vectors, pc, value;
    uint16_t code[2];
    bool mrs = false;
    if (debug_read(m, VTOR, &vectors, 4) != 4 || debug_read(m, vectors + PENDSV, &pc, 4) != 4)
        return 0;
    pc &= ~1u;
    for (unsigned i = 0; i < 8 && halfwords(m, pc, code); i++) {
        struct thumb_insn insn = thumb_decode(pc, code[0], code[1]);
        if (!mrs && (code[0] & 0xF800) == 0xE000) { /* a handler may do nothing but branch to the port's */
            pc += 4 + (uint32_t)((int32_t)((uint32_t)code[0] << 21) >> 20);
            continue;
        }
        if (code[0] == 0xF3EF && (code[1] & 0xF0FF) == 0x8009)
            mrs = true;
        if (mrs && insn.kind == THUMB_LOAD && insn.rn == 15 && insn.size == 4)
            return debug_read(m, thumb_literal_base(pc) + (uint32_t)insn.offset, &value, 4) == 4 ? value : 0;
        if (insn.ends_block && code[0] != 0xF3BF)
            break;
        pc += insn.length;
    }
    return 0;
}

/* Is there a list, with sound links? Its items are handed to visit, which may be NULL. */
static bool walk_list(const struct view *v, uint32_t list, void (*visit)(const struct view *v, uint32_t item, void *data),
                      void *data)
{
    uint32_t end = list + LIST_END, count = word(v, list + LIST_COUNT);
    if (!in_ram(list, LIST_SIZE) || word(v, end + ITEM_VALUE) != UINT32_MAX || count > MOST_THREADS)
        return false;
    uint32_t item = word(v, end + ITEM_NEXT);
    for (uint32_t i = 0; i < count; i++) {
        if (!in_ram(item, LIST_SIZE) || item == end || word(v, item + ITEM_CONTAINER) != list)
            return false;
        item = word(v, item + ITEM_NEXT);
    }
    if (item != end)
        return false;
    for (uint32_t i = 0; visit != NULL && i < count; i++) {
        item = word(v, item + ITEM_NEXT);
        visit(v, item, data);
    }
    return true;
}

static bool good_name(const struct view *v, uint32_t tcb, char name[24])
{
    for (unsigned i = 0; i < 24; i++) {
        name[i] = (char)v->ram[tcb + TCB_NAME - RAM_BASE + i];
        if (name[i] == '\0')
            return i > 0;
        if (!g_ascii_isprint(name[i]))
            return false;
    }
    return false;
}

static bool is_thread(const struct view *v, uint32_t tcb)
{
    char name[24];
    return in_ram(tcb, TCB_NAME + sizeof name) && in_ram(word(v, tcb + TCB_TOP), 4) && in_ram(word(v, tcb + TCB_STACK), 4) &&
           word(v, tcb + TCB_PRIORITY) < MOST_PRIORITIES && word(v, tcb + TCB_STATE_ITEM + ITEM_OWNER) == tcb &&
           good_name(v, tcb, name);
}

/* ---- one thread ---- */

/* A list of which the kernel keeps a pointer, pxDelayedTaskList or pxOverflowDelayedTaskList: close to pxCurrentTCB, with which
   it is declared. Every other word that is a list's address is an item's container. */
static bool is_delay_list(const struct view *v, uint32_t list)
{
    uint32_t from = v->current_at > RAM_BASE + 2048 ? v->current_at - 2048 : RAM_BASE;
    for (uint32_t at = from; at < v->current_at + 2048 && in_ram(at, 4); at += 4)
        if (word(v, at) == list && !is_thread(v, at - ITEM_CONTAINER - TCB_STATE_ITEM))
            return true;
    return false;
}

static void read_state(const struct view *v, struct rtos_thread *t, uint32_t current)
{
    uint32_t container = word(v, t->tcb + TCB_STATE_ITEM + ITEM_CONTAINER);
    uint32_t same = word(v, current + TCB_STATE_ITEM + ITEM_CONTAINER);
    /* the ready lists are an array by priority, and the running thread's is one of them */
    uint32_t ready = same - LIST_SIZE * word(v, current + TCB_PRIORITY);
    t->waits_for = word(v, t->tcb + TCB_EVENT_ITEM + ITEM_CONTAINER);
    if (t->tcb == current) {
        t->state = RTOS_RUNNING;
        t->waits_for = 0;
    } else if (container == ready + LIST_SIZE * t->priority) {
        t->state = RTOS_READY;
    } else if (is_delay_list(v, container)) {
        t->state = RTOS_BLOCKED;
        t->wakes_at = word(v, t->tcb + TCB_STATE_ITEM + ITEM_VALUE);
    } else {
        t->state = t->waits_for != 0 ? RTOS_BLOCKED : RTOS_SUSPENDED;
    }
}

/* The port saves R4 to R11 below the frame that the exception pushed. */
static void read_registers(const struct view *v, struct rtos_thread *t)
{
    uint32_t sp = word(v, t->tcb + TCB_TOP), frame = sp + 32;
    static const uint8_t order[8] = {0, 1, 2, 3, 12, DEBUG_LR, DEBUG_PC, DEBUG_XPSR};
    for (unsigned i = 0; i < 8; i++)
        t->registers[4 + i] = word(v, sp + 4 * i);
    for (unsigned i = 0; i < 8; i++)
        t->registers[order[i]] = word(v, frame + 4 * i);
    t->registers[DEBUG_PC] &= ~1u;
    t->registers[DEBUG_SP] = frame + 32 + (t->registers[DEBUG_XPSR] & (1 << 9) ? 4 : 0);
    t->registers[DEBUG_XPSR] &= ~(UINT32_C(1) << 9);
}

static void read_thread(const struct view *v, uint32_t tcb, uint32_t current, GArray *threads)
{
    struct rtos_thread t = {.tcb = tcb, .priority = word(v, tcb + TCB_PRIORITY), .stack = word(v, tcb + TCB_STACK)};
    good_name(v, tcb, t.name);
    read_state(v, &t, current);
    if (tcb == current)
        for (unsigned i = 0; i <= DEBUG_XPSR; i++)
            t.registers[i] = debug_register(v->machine, i);
    else
        read_registers(v, &t);
    uint32_t sp = tcb == current ? debug_register(v->machine, DEBUG_PSP) : word(v, tcb + TCB_TOP);
    t.stack_free = sp > t.stack ? sp - t.stack : 0;
    while (t.stack_spare < t.stack_free && v->ram[t.stack - RAM_BASE + t.stack_spare] == STACK_FILL)
        t.stack_spare++;
    g_array_append_val(threads, t);
}

struct search {
    uint32_t current;
    GArray *threads;
};

static void visit_item(const struct view *v, uint32_t item, void *data)
{
    struct search *s = data;
    uint32_t tcb = word(v, item + ITEM_OWNER);
    if (item == tcb + TCB_STATE_ITEM && tcb != s->current && is_thread(v, tcb))
        read_thread(v, tcb, s->current, s->threads);
}

static int by_address(const void *a, const void *b)
{
    const struct rtos_thread *x = a, *y = b;
    if ((x->state == RTOS_RUNNING) != (y->state == RTOS_RUNNING))
        return x->state == RTOS_RUNNING ? -1 : 1;
    return x->tcb < y->tcb ? -1 : x->tcb > y->tcb;
}

GArray *freertos_threads(struct machine *m, const struct rtos_symbols *symbols)
{
    GArray *threads = g_array_new(FALSE, FALSE, sizeof(struct rtos_thread));
    g_autofree struct view *v = g_new(struct view, 1);
    v->machine = m;
    v->current_at = symbols != NULL && symbols->current != 0 ? symbols->current : find_current(m);
    if (!in_ram(v->current_at, 4) || debug_read(m, RAM_BASE, v->ram, RAM_SIZE) != RAM_SIZE)
        return threads;
    uint32_t current = word(v, v->current_at), psp = debug_register(m, DEBUG_PSP);
    /* Before the scheduler has started there are control blocks, but the code that runs is no thread. */
    if (!is_thread(v, current) || psp - word(v, current + TCB_STACK) >= LARGEST_STACK ||
        !((debug_register(m, DEBUG_CONTROL) & 2) || (debug_register(m, DEBUG_XPSR) & 0x1FF)))
        return threads;
    read_thread(v, current, current, threads);
    struct search s = {current, threads};
    for (uint32_t list = RAM_BASE; list + LIST_SIZE <= RAM_BASE + RAM_SIZE && threads->len < MOST_THREADS; list += 4)
        if (word(v, list + LIST_END + ITEM_VALUE) == UINT32_MAX)
            walk_list(v, list, visit_item, &s);
    g_array_sort(threads, by_address);
    return threads;
}

char *freertos_state_text(const struct rtos_thread *t)
{
    static const char *const names[] = {
        [RTOS_RUNNING] = "running", [RTOS_READY] = "ready", [RTOS_BLOCKED] = "blocked", [RTOS_SUSPENDED] = "suspended"};
    GString *s = g_string_new(names[t->state]);
    if (t->wakes_at != 0)
        g_string_append_printf(s, " until tick %u", t->wakes_at);
    if (t->state == RTOS_BLOCKED && t->waits_for != 0)
        g_string_append_printf(s, ", waits for 0x%08X", t->waits_for);
    return g_string_free(s, FALSE);
}
