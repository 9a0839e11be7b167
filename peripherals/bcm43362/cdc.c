/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands on the control channel (bcm43362-sdio facts, section 4.4). What they do is the firmware's business. */
#include "peripherals/bcm43362/cdc.h"

#include <glib.h>
#include <string.h>

#include "peripherals/bcm43362/bytes.h"
#include "peripherals/bcm43362/internal.h"

enum { HEADER = 16, DATA_MAX = SDPCM_FRAME_MAX - 12 - HEADER, BAD_LENGTH = -24 };

#define FLAG_ERROR       BIT(0)
#define FLAG_SET         BIT(1)
#define INTERFACE(FLAGS) ((FLAGS) >> 12 & 0xF)

/* The answer has the request's number and length; of a set, its header alone. */
const char *cdc_request(struct device *dev, const uint8_t *payload, size_t length)
{
    uint8_t answer[HEADER + DATA_MAX] = {0};
    if (length < HEADER)
        return "control frame without its CDC header";
    uint32_t cmd = get32(payload), n = get32(payload + 4), flags = get32(payload + 8);
    bool set = flags & FLAG_SET;
    int32_t status = BAD_LENGTH; /* as if it ran beyond the frame */
    memcpy(answer, payload, HEADER);
    if (n <= length - HEADER && n <= DATA_MAX) {
        memcpy(answer + HEADER, payload + HEADER, n);
        status = firmware_ioctl(dev, INTERFACE(flags), cmd, set, answer + HEADER, n);
    } else {
        n = 0;
    }
    if (set)
        n = 0;
    put32(answer + 4, n);
    put32(answer + 8, status != 0 ? flags | FLAG_ERROR : flags & ~FLAG_ERROR);
    put32(answer + 12, (uint32_t)status);
    sdpcm_reply(dev, answer, HEADER + n);
    ethernet_follow(dev);
    return NULL;
}
