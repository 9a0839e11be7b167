/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens on the OTG cores' bus as a whole: cable, VBUS, pull-up, reset, frames, suspend and resume
 * (RM0033 29.5, 29.8, 30.5; USB 2.0 chapter 7 for the times).
 */
#include <glib.h>

#include "emu/core/event.h"
#include "peripherals/stm32f2/otg-internal.h"

#define FRAME       TICKS_PER_MS
#define IDLE        (3 * TICKS_PER_MS)  /* a silent bus: first a guess, after as much again a suspend */
#define RESET_TIME  (10 * TICKS_PER_MS) /* a hub's reset */
#define RESUME_TIME (20 * TICKS_PER_MS)
#define MODE_TIME   (25 * TICKS_PER_MS)

static void publish(struct device *dev, const char *op)
{
    machine_publish(dev->machine, "usb", FIELD_STRING("port", dev->name), FIELD_STRING("op", op));
}

static ticks_t now(const struct device *dev)
{
    return machine_now(dev->machine);
}

/* ---- suspend ---- */

/* The bus is no longer idle. */
static void leave_suspend(struct device *dev)
{
    struct otg *s = dev->state;
    if (!s->suspended)
        return;
    s->suspended = false;
    dev->regs[DSTS] &= ~DSTS_SUSPSTS;
    publish(dev, "resume");
}

/* Asynchronous, for a CPU whose clocks are off. */
static void wake(struct device *dev)
{
    device_pulse(dev, OUT_EXTI);
    device_pulse(dev, OUT_IRQ_WKUP);
}

/* Count the time for which a connected core hears nothing. */
static void watch_idle(struct device *dev)
{
    struct otg *s = dev->state;
    bool silent = s->phase == HOST_NONE || s->phase == HOST_IDLE || s->phase == HOST_SUSPENDED;
    if (!silent || !s->pullup || s->suspended || !otg_awake(dev) || (dev->regs[DCTL] & DCTL_RWUSIG)) {
        s->early = false;
        device_cancel(dev, TIMER_IDLE);
    } else if (device_timer_due(dev, TIMER_IDLE) == TICKS_NEVER) {
        s->early = false;
        device_schedule(dev, TIMER_IDLE, now(dev) + IDLE);
    }
}

static void idle(struct device *dev)
{
    struct otg *s = dev->state;
    if (!s->early) {
        s->early = true;
        dev->regs[GINTSTS] |= GINT_ESUSP;
        device_schedule(dev, TIMER_IDLE, now(dev) + IDLE);
        return;
    }
    s->early = false;
    s->suspended = true;
    dev->regs[GINTSTS] |= GINT_USBSUSP;
    dev->regs[DSTS] |= DSTS_SUSPSTS;
    publish(dev, "suspend");
}

void otg_remote_wakeup(struct device *dev)
{
    struct otg *s = dev->state;
    bool signalling = (dev->regs[DCTL] & DCTL_RWUSIG) && s->pullup && otg_awake(dev) &&
                      (s->suspended || device_output(dev, OUT_WAKEUP).level);
    if (signalling && s->suspended) {
        publish(dev, "remote-wakeup");
        leave_suspend(dev);
    }
    device_set_level(dev, OUT_WAKEUP, signalling);
}

/* ---- frames ---- */

static void start_frames(struct device *dev)
{
    struct otg *s = dev->state;
    s->phase = HOST_RUNNING;
    device_schedule(dev, TIMER_SOF, now(dev) + FRAME);
}

static void stop_frames(struct device *dev)
{
    device_cancel(dev, TIMER_SOF);
    device_cancel(dev, TIMER_EOPF);
}

static void start_of_frame(struct device *dev)
{
    struct otg *s = dev->state;
    s->frame = (s->frame + 1) & 0x7FF;
    s->frame_start = now(dev);
    device_schedule(dev, TIMER_SOF, now(dev) + FRAME);
    if (!otg_awake(dev))
        return;
    dev->regs[DSTS] = (dev->regs[DSTS] & ~DSTS_FNSOF) | s->frame << 8;
    dev->regs[GINTSTS] |= GINT_SOF;
    device_pulse(dev, OUT_SOF);
    unsigned percent = 80 + 5 * ((dev->regs[DCFG] >> 11) & 3);
    device_schedule(dev, TIMER_EOPF, s->frame_start + FRAME * percent / 100);
}

static void end_of_periodic_frame(struct device *dev)
{
    if (!otg_awake(dev))
        return;
    dev->regs[GINTSTS] |= GINT_EOPF;
    otg_check_isochronous(dev);
}

/* ---- mode ---- */

bool otg_id_is_a(const struct device *dev)
{
    return device_input_connected(dev, IN_ID) && device_input(dev, IN_ID).level == 0;
}

static bool wanted_host_mode(const struct device *dev)
{
    if (dev->regs[GUSBCFG] & GUSBCFG_FDMOD)
        return false;
    return (dev->regs[GUSBCFG] & GUSBCFG_FHMOD) || otg_id_is_a(dev);
}

void otg_mode_update(struct device *dev)
{
    const struct otg *s = dev->state;
    if (wanted_host_mode(dev) == s->host_mode)
        device_cancel(dev, TIMER_MODE);
    else if (device_timer_due(dev, TIMER_MODE) == TICKS_NEVER)
        device_schedule(dev, TIMER_MODE, now(dev) + MODE_TIME);
}

/* ---- connection ---- */

static void update_session(struct device *dev)
{
    struct otg *s = dev->state;
    uint32_t gccfg = dev->regs[GCCFG];
    bool session =
        !s->host_mode && (gccfg & GCCFG_PWRDWN) && ((gccfg & GCCFG_NOVBUSSENS) || ((gccfg & GCCFG_VBUSBSEN) && s->vbus));
    if (session && !s->session)
        dev->regs[GINTSTS] |= GINT_SRQINT;
    if (!session && s->session)
        dev->regs[GOTGINT] |= GOTGINT_SEDET;
    s->session = session;
}

static void disconnected(struct device *dev)
{
    struct otg *s = dev->state;
    if (s->phase != HOST_NONE)
        s->phase = HOST_IDLE;
    stop_frames(dev);
    device_cancel(dev, TIMER_SIGNAL);
    s->suspended = false;
    dev->regs[DSTS] &= ~DSTS_SUSPSTS;
}

void otg_port_update(struct device *dev)
{
    struct otg *s = dev->state;
    update_session(dev);
    bool pullup = s->session && (!otg_is_hs(dev) || (dev->regs[GUSBCFG] & GUSBCFG_PHYSEL)) && !(dev->regs[DCTL] & DCTL_SDIS);
    if (pullup != s->pullup) {
        s->pullup = pullup;
        if (!pullup)
            disconnected(dev);
        publish(dev, pullup ? "connect" : "disconnect");
        device_set_level(dev, OUT_PULLUP, pullup);
    }
    otg_remote_wakeup(dev);
    watch_idle(dev);
}

/* ---- timers ---- */

static void signalling_ends(struct device *dev)
{
    struct otg *s = dev->state;
    if (s->phase == HOST_RESET && otg_awake(dev)) {
        dev->regs[DSTS] |= DSTS_ENUMSPD; /* full speed, PHY clock 48 MHz */
        dev->regs[GINTSTS] |= GINT_ENUMDNE;
    }
    start_frames(dev);
}

void otg_port_timer(struct device *dev, unsigned timer)
{
    struct otg *s = dev->state;
    if (timer == TIMER_SOF) {
        start_of_frame(dev);
    } else if (timer == TIMER_EOPF) {
        end_of_periodic_frame(dev);
    } else if (timer == TIMER_IDLE) {
        idle(dev);
    } else if (timer == TIMER_SIGNAL) {
        signalling_ends(dev);
    } else if (timer == TIMER_MODE) {
        s->host_mode = wanted_host_mode(dev);
        otg_port_update(dev);
    }
}

/* ---- the host's side ---- */

void otg_attach(struct device *dev)
{
    struct otg *s = dev->state;
    if (s->vbus)
        return;
    s->vbus = true;
    s->phase = HOST_IDLE;
    publish(dev, "attach");
    otg_port_update(dev);
    otg_update(dev);
}

void otg_detach(struct device *dev)
{
    struct otg *s = dev->state;
    if (!s->vbus)
        return;
    s->vbus = false;
    s->phase = HOST_NONE;
    stop_frames(dev);
    device_cancel(dev, TIMER_SIGNAL);
    publish(dev, "detach");
    otg_port_update(dev);
    otg_update(dev);
}

bool otg_attached(const struct device *dev)
{
    const struct otg *s = dev->state;
    return s->vbus;
}

bool otg_connected(const struct device *dev)
{
    const struct otg *s = dev->state;
    return s->pullup;
}

bool otg_enabled(const struct device *dev)
{
    const struct otg *s = dev->state;
    return s->phase == HOST_RUNNING;
}

unsigned otg_frame(const struct device *dev)
{
    const struct otg *s = dev->state;
    return s->frame;
}

void otg_select(struct device *dev, unsigned address)
{
    struct otg *s = dev->state;
    s->host_address = address;
}

bool otg_bus_reset(struct device *dev)
{
    struct otg *s = dev->state;
    if (!s->vbus || !s->pullup)
        return false;
    stop_frames(dev);
    s->phase = HOST_RESET;
    s->host_address = 0;
    device_schedule(dev, TIMER_SIGNAL, now(dev) + RESET_TIME);
    publish(dev, "reset");
    if (s->suspended) {
        leave_suspend(dev);
        wake(dev);
    }
    if (otg_awake(dev)) {
        dev->regs[GINTSTS] |= GINT_USBRST;
        otg_deactivate_endpoints(dev);
    }
    otg_port_update(dev);
    otg_update(dev);
    return true;
}

bool otg_suspend(struct device *dev)
{
    struct otg *s = dev->state;
    if (s->phase != HOST_RUNNING)
        return false;
    s->phase = HOST_SUSPENDED;
    stop_frames(dev);
    otg_port_update(dev);
    return true;
}

bool otg_resume(struct device *dev)
{
    struct otg *s = dev->state;
    if (s->phase != HOST_SUSPENDED)
        return false;
    s->phase = HOST_RESUME;
    device_schedule(dev, TIMER_SIGNAL, now(dev) + RESUME_TIME);
    if (s->suspended) {
        leave_suspend(dev);
        dev->regs[GINTSTS] |= GINT_WKUPINT;
        wake(dev);
    }
    otg_port_update(dev);
    otg_update(dev);
    return true;
}
