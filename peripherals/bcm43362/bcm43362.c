/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BCM43362 (facts: bcm43362-sdio). The parts:
 *
 *   card.c        SDIO: commands, functions 0 and 1, interrupt line
 *   backplane.c   the cores behind the window, download and start
 *   sdpcm.c       function 2: frames, credits, channels; cdc.c: commands
 *   firmware*.c   what the chip's own program does
 *   ethernet.c    frames through the air; air.c: the networks around
 *
 * A reset of the STM32 does not reach the chip; but it lets go of WL_REG_ON, whose pull-down then switches the chip off.
 * Leaves out: the 32 kHz clock (the board does not lead it out), the start-up time behind WL_REG_ON, power drawn.
 */
#include "peripherals/bcm43362/bcm43362.h"

#include <glib.h>
#include <string.h>

#include "emu/core/machine.h"
#include "peripherals/bcm43362/internal.h"
#include "peripherals/stm32f2/gpio.h"

static const char *const input_names[] = {"reg_on"};
static const char *const output_names[N_OUTPUTS] = {"dat1", "oob", "host"};

/* ---- power ---- */

void bcm43362_firmware_stop(struct device *dev)
{
    struct bcm43362 *radio = bcm43362_of(dev);
    firmware_stop(dev);
    radio->backplane.running = false;
    memset(&radio->sdpcm, 0, sizeof radio->sdpcm);
    ethernet_clear(dev);
}

static void set_power(struct device *dev, bool on)
{
    struct bcm43362 *radio = bcm43362_of(dev);
    if (on == radio->card.powered)
        return;
    bcm43362_firmware_stop(dev);
    memset(&radio->backplane, 0, sizeof radio->backplane);
    card_power(dev, on);
    machine_publish(dev->machine, "wifi", FIELD_STRING("op", "power"), FIELD_BOOL("on", on));
}

static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    (void)in;
    set_power(dev, signal->level != 0);
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind == RESET_POWER_ON)
        set_power(dev, device_input(dev, 0).level != 0);
}

static void init(struct device *dev)
{
    bcm43362_of(dev)->ethernet.noise = machine_seed(dev->machine) ^ UINT64_C(0x4554484552); /* apart from others */
    card_power(dev, false);
}

static void timer(struct device *dev, unsigned t)
{
    if (t == TIMER_ETHERNET) {
        ethernet_timer(dev);
    } else {
        firmware_timer(dev, t - TIMER_FIRMWARE);
        ethernet_follow(dev);
    }
}

/* ---- what survives ---- */

void bcm43362_set_mac(struct device *dev, const uint8_t mac[6])
{
    memcpy(bcm43362_of(dev)->mac, mac, 6);
}

const uint8_t *bcm43362_mac(const struct device *dev)
{
    const struct bcm43362 *radio = dev->state;
    return radio->mac;
}

/* ---- the air ---- */

const struct air *bcm43362_air(const struct device *dev)
{
    const struct bcm43362 *radio = dev->state;
    return &radio->air;
}

static void networks_changed(struct device *dev)
{
    firmware_networks_changed(dev);
    ethernet_follow(dev);
}

bool bcm43362_network_set(struct device *dev, const struct air_network *network)
{
    struct air *air = &bcm43362_of(dev)->air;
    unsigned i = 0;
    while (i < air->count && strcmp(air->network[i].ssid, network->ssid) != 0)
        i++;
    if (i == AIR_NETWORKS)
        return false;
    air->network[i] = *network;
    if (i == air->count)
        air->count++;
    networks_changed(dev);
    return true;
}

bool bcm43362_network_remove(struct device *dev, const char *ssid)
{
    struct air *air = &bcm43362_of(dev)->air;
    for (unsigned i = 0; i < air->count; i++) {
        if (strcmp(air->network[i].ssid, ssid) != 0)
            continue;
        memmove(&air->network[i], &air->network[i + 1], (air->count - i - 1) * sizeof air->network[0]);
        air->count--;
        memset(&air->network[air->count], 0, sizeof air->network[0]);
        networks_changed(dev);
        return true;
    }
    return false;
}

bool bcm43362_interface_up(const struct device *dev, enum bcm43362_interface interface)
{
    return firmware_interface_up(dev, interface);
}

const struct air_network *bcm43362_joined(const struct device *dev)
{
    return firmware_joined(dev);
}

const struct device_class bcm43362_class = {
    .name = "BCM43362 radio",
    .state_size = sizeof(struct bcm43362),
    .n_inputs = G_N_ELEMENTS(input_names),
    .n_outputs = N_OUTPUTS,
    .n_timers = N_TIMERS,
    .input_names = input_names,
    .output_names = output_names,
    .init = init,
    .reset = reset,
    .timer = timer,
    .input = input,
};
