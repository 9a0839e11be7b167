/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The board's door to its USB connector. */
#include "boards/board.h"
#include "peripherals/stm32f2/otg.h"

G_STATIC_ASSERT((int)BOARD_USB_TIMEOUT == OTG_TIMEOUT && (int)BOARD_USB_ACK == OTG_ACK && (int)BOARD_USB_NAK == OTG_NAK &&
                (int)BOARD_USB_STALL == OTG_STALL && (int)BOARD_USB_DATA0 == OTG_DATA0 && (int)BOARD_USB_DATA1 == OTG_DATA1);

const char board_usb_host_line[] = "OTG_HS.host", board_usb_pullup_line[] = "OTG_HS.pullup";
const char board_usb_port[] = "OTG_HS";

static struct device *port(const struct machine *m)
{
    return machine_device(m, board_usb_port);
}

void board_usb_attach(struct machine *m)
{
    otg_attach(port(m));
}

void board_usb_detach(struct machine *m)
{
    otg_detach(port(m));
}

bool board_usb_attached(const struct machine *m)
{
    return otg_attached(port(m));
}

bool board_usb_connected(const struct machine *m)
{
    return otg_connected(port(m));
}

bool board_usb_bus_reset(struct machine *m)
{
    return otg_bus_reset(port(m));
}

bool board_usb_enabled(const struct machine *m)
{
    return otg_enabled(port(m));
}

bool board_usb_suspend(struct machine *m)
{
    return otg_suspend(port(m));
}

bool board_usb_resume(struct machine *m)
{
    return otg_resume(port(m));
}

void board_usb_select(struct machine *m, unsigned address)
{
    otg_select(port(m), address);
}

enum board_usb_answer board_usb_setup(struct machine *m, unsigned ep, const uint8_t data[8])
{
    return (enum board_usb_answer)otg_setup(port(m), ep, data);
}

enum board_usb_answer board_usb_out(struct machine *m, unsigned ep, const void *data, unsigned length, unsigned pid)
{
    return (enum board_usb_answer)otg_out(port(m), ep, data, length, pid);
}

enum board_usb_answer board_usb_in(struct machine *m, unsigned ep, void *buffer, unsigned max, unsigned *length)
{
    return (enum board_usb_answer)otg_in(port(m), ep, buffer, max, length);
}

bool board_usb_in_ready(const struct machine *m, unsigned ep)
{
    return otg_in_ready(port(m), ep);
}

bool board_usb_out_ready(const struct machine *m, unsigned ep)
{
    return otg_out_ready(port(m), ep);
}
