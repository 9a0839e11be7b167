/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames on function 2 (bcm43362-sdio facts, sections 4.1 to 4.6).
 *
 * Models: the queue towards the host with its cursor and the padding, the abort of a frame, sequence numbers, credits, the
 * control, event and data channels. A frame from the host that contradicts itself is dropped and told as a "wifi" event.
 * Leaves out: glomming, retransmission, flow control by priority; credits do not shrink while the air is congested. Real
 * firmware needs: zeros when nothing is queued; steps of credit of at most 7; an answer to each poke; fresh credit also while
 * only the host has something to say.
 */
#include "peripherals/bcm43362/sdpcm.h"

#include <glib.h>
#include <string.h>

#include "peripherals/bcm43362/bytes.h"
#include "peripherals/bcm43362/cdc.h"
#include "peripherals/bcm43362/internal.h"

enum { CHANNEL_CONTROL, CHANNEL_EVENT, CHANNEL_DATA };
enum { HEADER = 12, PADDED_HEADER = 14, BDC_HEADER = 4, BDC_VERSION = 0x20, CHANNEL_OFFSET = 5 };
/* The host may be so many frames ahead of an answer; it ignores for ever a step of more than 7. */
enum { WINDOW = 6, CREDIT_STEP = 4 };

static struct sdpcm *sdpcm_of(struct device *dev)
{
    return &bcm43362_of(dev)->sdpcm;
}

/* ---- to the host: the card reads ---- */

static void drop_front(struct device *dev)
{
    struct sdpcm *s = sdpcm_of(dev);
    uint8_t channel;
    frame_queue_copy(&s->to_host, CHANNEL_OFFSET, &channel, 1);
    frame_queue_drop(&s->to_host);
    s->cursor = 0;
    if (channel != CHANNEL_DATA)
        return;
    s->data_queued--;
    ethernet_resume(dev);
}

uint32_t sdpcm_read_left(const struct device *dev)
{
    const struct bcm43362 *radio = dev->state;
    size_t length;
    return frame_queue_front(&radio->sdpcm.to_host, NULL, &length) ? (uint32_t)length - radio->sdpcm.cursor : 0;
}

void sdpcm_read_begin(struct device *dev)
{
    struct sdpcm *s = sdpcm_of(dev);
    s->reading = s->to_host.frames > 0;
}

void sdpcm_read(struct device *dev, uint8_t *data, size_t length)
{
    struct sdpcm *s = sdpcm_of(dev);
    size_t n = s->reading ? MIN(length, sdpcm_read_left(dev)) : 0;
    if (n > 0)
        frame_queue_copy(&s->to_host, s->cursor, data, n);
    memset(data + n, 0, length - n);
    s->cursor += (uint32_t)n;
}

void sdpcm_read_end(struct device *dev)
{
    struct sdpcm *s = sdpcm_of(dev);
    if (s->reading && sdpcm_read_left(dev) == 0)
        drop_front(dev);
    s->reading = false;
}

void sdpcm_read_abort(struct device *dev)
{
    struct sdpcm *s = sdpcm_of(dev);
    if (s->cursor > 0)
        drop_front(dev);
    s->reading = false;
    if (s->to_host.frames > 0)
        backplane_frame_indication(dev); /* the host gives up its round: it must hear of the others again */
}

/* ---- to the host: the firmware writes ---- */

static uint8_t credit(const struct sdpcm *s)
{
    return (uint8_t)(s->expected + WINDOW);
}

/* length: with headers; the payload stands behind header_length bytes. False: no room. */
static bool queue_frame(struct device *dev, uint8_t channel, uint8_t header_length, uint8_t *frame, size_t length)
{
    struct sdpcm *s = sdpcm_of(dev);
    memset(frame, 0, header_length);
    put16(frame, (uint32_t)length);
    put16(frame + 2, ~(uint32_t)length);
    frame[4] = s->sequence;
    frame[CHANNEL_OFFSET] = channel;
    frame[7] = header_length;
    frame[9] = credit(s);
    if (!frame_queue_put(&s->to_host, 0, frame, length)) {
        machine_publish(dev->machine, "wifi", FIELD_STRING("op", "dropped"), FIELD_STRING("direction", "rx"),
                        FIELD_INT("length", (int64_t)length), FIELD_STRING("text", "the host does not fetch its frames"));
        return false;
    }
    s->sequence++;
    s->granted = frame[9];
    backplane_frame_indication(dev);
    return true;
}

static void queue_credit(struct device *dev)
{
    uint8_t frame[HEADER];
    queue_frame(dev, CHANNEL_CONTROL, HEADER, frame, HEADER);
}

void sdpcm_poke(struct device *dev)
{
    queue_credit(dev);
}

void sdpcm_reply(struct device *dev, const uint8_t *payload, size_t length)
{
    uint8_t frame[SDPCM_FRAME_MAX];
    g_return_if_fail(length <= sizeof frame - HEADER);
    memcpy(frame + HEADER, payload, length);
    queue_frame(dev, CHANNEL_CONTROL, HEADER, frame, HEADER + length);
}

static void put_bdc(uint8_t *bdc, unsigned interface)
{
    memcpy(bdc, (const uint8_t[]){BDC_VERSION, 0, (uint8_t)interface, 0}, BDC_HEADER);
}

bool sdpcm_data(struct device *dev, unsigned interface, const uint8_t *ethernet, size_t length)
{
    struct sdpcm *s = sdpcm_of(dev);
    uint8_t frame[SDPCM_FRAME_MAX];
    size_t total = PADDED_HEADER + BDC_HEADER + length;
    if (s->data_queued >= SDPCM_DATA_QUEUED || !frame_queue_room(&s->to_host, total))
        return false;
    g_return_val_if_fail(length <= ETHERNET_MAX, true);
    put_bdc(frame + PADDED_HEADER, interface);
    memcpy(frame + PADDED_HEADER + BDC_HEADER, ethernet, length);
    s->data_queued++;
    return queue_frame(dev, CHANNEL_DATA, PADDED_HEADER, frame, total);
}

/* An Ethernet frame of Broadcom's own type, big-endian but for the data; offsets from the start of that frame. */
void sdpcm_event(struct device *dev, const struct wlan_event *event)
{
    enum { START = HEADER + BDC_HEADER, DATA = 72 };
    uint8_t frame[SDPCM_FRAME_MAX] = {0}, *e = frame + START;
    g_return_if_fail(event->length <= sizeof frame - START - DATA);
    put_bdc(frame + HEADER, 0);
    memcpy(e, bcm43362_mac(dev), 6);
    memcpy(e + 6, bcm43362_mac(dev), 6);
    put16be(e + 12, 0x886C);
    put16be(e + 14, 0x8001);
    put16be(e + 16, (uint32_t)(DATA - 18 + event->length));
    memcpy(e + 19, (const uint8_t[]){0x00, 0x10, 0x18}, 3);
    put16be(e + 22, 1);
    put16be(e + 24, 2);
    put16be(e + 26, event->flags);
    put32be(e + 28, event->type);
    put32be(e + 32, event->status);
    put32be(e + 36, event->reason);
    put32be(e + 40, event->auth);
    put32be(e + 44, (uint32_t)event->length);
    memcpy(e + 48, event->address, 6);
    memcpy(e + 54, "wl0", 3);
    e[70] = event->interface;
    e[71] = event->interface;
    if (event->length > 0)
        memcpy(e + DATA, event->data, event->length);
    queue_frame(dev, CHANNEL_EVENT, HEADER, frame, START + DATA + event->length);
}

/* ---- from the host ---- */

void sdpcm_write_begin(struct device *dev)
{
    sdpcm_of(dev)->received = 0;
}

void sdpcm_write(struct device *dev, const uint8_t *data, size_t length)
{
    struct sdpcm *s = sdpcm_of(dev);
    if (s->received < sizeof s->frame)
        memcpy(s->frame + s->received, data, MIN(length, sizeof s->frame - s->received));
    s->received += (uint32_t)length;
}

/* NULL, or what is wrong. */
static const char *take_data(struct device *dev, const uint8_t *payload, size_t length)
{
    if (length < BDC_HEADER)
        return "data frame without its BDC header";
    size_t start = BDC_HEADER + 4 * (size_t)payload[3];
    if (length < start + ETHERNET_HEADER || length - start > ETHERNET_MAX)
        return "data frame of a length that Ethernet does not have";
    if ((payload[2] & 0xF) >= BCM43362_INTERFACES)
        return "data frame for an interface that there is not";
    ethernet_send(dev, payload[2] & 0xF, payload + start, length - start);
    return NULL;
}

static const char *take_frame(struct device *dev)
{
    struct sdpcm *s = sdpcm_of(dev);
    size_t room = MIN(s->received, sizeof s->frame);
    if (room < HEADER)
        return "shorter than an SDPCM header";
    size_t length = get16(s->frame);
    if ((length ^ get16(s->frame + 2)) != 0xFFFF)
        return "length and its complement differ";
    if (length > room)
        return "length beyond what was written";
    size_t header = s->frame[7];
    if (header < HEADER || header > length)
        return "header length out of range";
    s->expected = (uint8_t)(s->frame[4] + 1);
    switch (s->frame[CHANNEL_OFFSET] & 0xF) {
    case CHANNEL_CONTROL:
        return cdc_request(dev, s->frame + header, length - header);
    case CHANNEL_DATA:
        return take_data(dev, s->frame + header, length - header);
    default:
        return "unknown channel";
    }
}

void sdpcm_write_end(struct device *dev)
{
    struct sdpcm *s = sdpcm_of(dev);
    const char *wrong = take_frame(dev);
    if (wrong != NULL)
        machine_publish(dev->machine, "wifi", FIELD_STRING("op", "dropped"), FIELD_STRING("direction", "tx"),
                        FIELD_INT("length", s->received), FIELD_STRING("text", wrong));
    s->received = 0;
    if ((uint8_t)(credit(s) - s->granted) >= CREDIT_STEP)
        queue_credit(dev);
}
