/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The wiring that Photon and P1 have in common. */
#include <glib.h>
#include <string.h>

#include "boards/boards.h"
#include "boards/panel.h"
#include "boards/stm32f205.h"
#include "peripherals/bcm43362/bcm43362.h"
#include "peripherals/parts/rgb-led.h"
#include "peripherals/stm32f2/sdio.h"

/* Common anode; the firmware's full brightness is 96/256 of the time lit (facts: CCR 3735 of 10000). */
static const struct rgb_led_config rgb = {.active_low = true, .full_scale = 3735.0 / 10000.0, .name = "rgb"};

static const struct stm32f2_sdio_config radio_slot = {.ops = &bcm43362_card_ops, .card = "WLAN"};
static const struct stm32f205_options chip = {.hse_hz = 26000000, .lse_hz = 32768, .sdio = &radio_slot};
static const struct stm32f205_options chip_alone = {.hse_hz = 26000000, .lse_hz = 32768, .sdio = NULL};

static const struct {
    const char *output, *input;
} wires[] =
    {
        {"GPIOA.pin1", "RGB.red"},      {"GPIOA.pin2", "RGB.green"},     {"GPIOA.pin3", "RGB.blue"},
        {"RGB.red_pad", "GPIOA.ext1"},  {"RGB.green_pad", "GPIOA.ext2"}, {"RGB.blue_pad", "GPIOA.ext3"},
        {"PANEL.PC7", "GPIOC.ext7"}, /* SETUP: to ground while pressed; the pull-up is the chip's */
        {"PANEL.serial1", "USART1.rx"},
};

static void add_radio(struct machine *m, const struct board *board)
{
    char line[32];
    machine_add_device(m, &bcm43362_class, "WLAN", 0, NULL);
    machine_connect(m, "WLAN.dat1", "SDIO.irq");
    g_snprintf(line, sizeof line, "GPIO%c.pin%s", board->radio.reg_on[1], board->radio.reg_on + 2);
    machine_connect(m, line, "WLAN.reg_on");
    g_snprintf(line, sizeof line, "GPIO%c.ext%s", board->radio.interrupt[1], board->radio.interrupt + 2);
    machine_connect(m, "WLAN.oob", line);
}

void particle_module_build(struct machine *m, const struct board *board, const struct board_options *options)
{
    char output[32], input[32];
    machine_add_device(m, &panel_class, "PANEL", 0, NULL);
    stm32f205_build(m, options->wifi_absent ? &chip_alone : &chip);
    machine_add_device(m, &rgb_led_class, "RGB", 0, &rgb);
    for (unsigned i = 0; i < G_N_ELEMENTS(wires); i++)
        machine_connect(m, wires[i].output, wires[i].input);
    for (const struct board_pin *pin = board->pins; pin->name != NULL; pin++) {
        g_snprintf(output, sizeof output, "PANEL.%s", pin->pad);
        g_snprintf(input, sizeof input, "GPIO%c.ext%s", pin->pad[1], pin->pad + 2);
        machine_connect(m, output, input);
        if (pin->adc_channel < 0)
            continue;
        g_snprintf(output, sizeof output, "PANEL.adc%d", pin->adc_channel);
        g_snprintf(input, sizeof input, "ADC.ch%d", pin->adc_channel);
        machine_connect(m, output, input);
    }
    if (!options->wifi_absent)
        add_radio(m, board);
}
