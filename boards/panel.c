/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boards/panel.h"

#include <glib.h>
#include <string.h>

#include "peripherals/stm32f2/gpio.h"
#include "peripherals/stm32f2/usart.h"

enum { QUEUE = 4096 };

/* A start bit, eight data bits and a stop bit at 9600 baud. */
#define CHARACTER_TIME (TICKS_PER_SECOND * 10 / 9600)

struct panel {
    uint32_t head, length;
    uint8_t queue[QUEUE];
};

#define PORT(P)                                                                                                                \
    P "0", P "1", P "2", P "3", P "4", P "5", P "6", P "7", P "8", P "9", P "10", P "11", P "12", P "13", P "14", P "15"

static const char *const output_names[PANEL_OUTPUTS] = {PORT("PA"), PORT("PB"),  PORT("PC"),
                                                        PORT("PD"), PORT("adc"), [PANEL_SERIAL] = "serial1"};

unsigned panel_pad(const char *pad)
{
    for (unsigned i = 0; i < PANEL_PADS; i++)
        if (strcmp(output_names[i], pad) == 0)
            return i;
    g_error("panel: no pad %s", pad);
}

bool panel_send(struct device *panel, const char *text, size_t length)
{
    struct panel *p = panel->state;
    if (length > QUEUE - p->length)
        return false;
    for (size_t i = 0; i < length; i++)
        p->queue[(p->head + p->length++) % QUEUE] = (uint8_t)text[i];
    if (length > 0 && device_timer_due(panel, 0) == TICKS_NEVER)
        device_schedule(panel, 0, machine_now(panel->machine) + CHARACTER_TIME);
    return true;
}

static void timer(struct device *dev, unsigned index)
{
    (void)index;
    struct panel *p = dev->state;
    uint8_t byte = p->queue[p->head];
    p->head = (p->head + 1) % QUEUE;
    p->length--;
    device_set_level(dev, PANEL_SERIAL, USART_CHARACTER | byte);
    device_set_level(dev, PANEL_SERIAL, 0);
    if (p->length > 0)
        device_schedule(dev, 0, machine_now(dev->machine) + CHARACTER_TIME);
}

static void init(struct device *dev)
{
    for (unsigned i = 0; i < PANEL_PADS; i++)
        device_set_level(dev, i, EXT_OPEN);
    for (unsigned i = 0; i < PANEL_ADC; i++)
        device_set_level(dev, PANEL_PADS + i, UINT32_MAX);
}

static void reset(struct device *dev, enum reset_kind kind)
{
    (void)dev;
    (void)kind; /* hands do not let go because the chip resets */
}

const struct device_class panel_class = {
    .name = "panel",
    .state_size = sizeof(struct panel),
    .n_outputs = PANEL_OUTPUTS,
    .n_timers = 1,
    .output_names = output_names,
    .init = init,
    .reset = reset,
    .timer = timer,
};
