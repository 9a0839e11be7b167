/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/usbip-client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "emu/host/packet.h"
#include "emu/host/usbip-wire.h"

static bool send_all(int fd, const void *data, size_t length)
{
    const uint8_t *p = data;
    while (length > 0) {
        ssize_t n = send(fd, p, length, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        length -= (size_t)n;
    }
    return true;
}

bool usbip_client_data(int fd, uint8_t *data, uint32_t length)
{
    while (length > 0) {
        ssize_t n = recv(fd, data, length, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        length -= (uint32_t)n;
    }
    return true;
}

bool usbip_client_import(int fd, uint32_t *devid)
{
    enum { BUSNUM = 256 + USBIP_BUSID_SIZE }; /* behind the path and the bus id */
    uint8_t request[USBIP_OP_SIZE + USBIP_BUSID_SIZE] = {0}, reply[USBIP_OP_SIZE], device[USBIP_DEVICE_SIZE];
    write_be16(request, USBIP_VERSION);
    write_be16(request + 2, USBIP_REQ_IMPORT);
    memcpy(request + USBIP_OP_SIZE, USBIP_BUSID, sizeof USBIP_BUSID);
    if (!send_all(fd, request, sizeof request) || !usbip_client_data(fd, reply, sizeof reply) ||
        read_be16(reply + 2) != USBIP_REP_IMPORT || read_be32(reply + 4) != USBIP_OK ||
        !usbip_client_data(fd, device, sizeof device))
        return false;
    *devid = read_be32(device + BUSNUM) << 16 | read_be32(device + BUSNUM + 4);
    return true;
}

bool usbip_client_submit(int fd, uint32_t devid, uint32_t seqnum, unsigned endpoint, uint32_t flags, const uint8_t *setup,
                         const uint8_t *data, uint32_t length)
{
    uint8_t header[USBIP_HEADER_SIZE] = {0};
    bool in = (endpoint & 0x0F) == 0 ? (setup[0] & 0x80) != 0 : (endpoint & 0x80) != 0;
    write_be32(header, USBIP_SUBMIT);
    write_be32(header + 4, seqnum);
    write_be32(header + 8, devid);
    write_be32(header + 12, in);
    write_be32(header + 16, endpoint & 0x0F);
    write_be32(header + 20, flags);
    write_be32(header + 24, length);
    write_be32(header + 32, UINT32_MAX); /* not isochronous */
    if (setup)
        memcpy(header + 40, setup, 8);
    return send_all(fd, header, sizeof header) && (in || send_all(fd, data, length));
}

bool usbip_client_unlink(int fd, uint32_t devid, uint32_t seqnum, uint32_t which)
{
    uint8_t header[USBIP_HEADER_SIZE] = {0};
    write_be32(header, USBIP_UNLINK);
    write_be32(header + 4, seqnum);
    write_be32(header + 8, devid);
    write_be32(header + 20, which);
    return send_all(fd, header, sizeof header);
}

bool usbip_client_receive(int fd, struct usbip_answer *answer)
{
    uint8_t header[USBIP_HEADER_SIZE];
    if (!usbip_client_data(fd, header, sizeof header))
        return false;
    uint32_t command = read_be32(header);
    if (command != USBIP_RET_SUBMIT && command != USBIP_RET_UNLINK)
        return false;
    *answer = (struct usbip_answer){.unlink = command == USBIP_RET_UNLINK,
                                    .seqnum = read_be32(header + 4),
                                    .status = (int)read_be32(header + 20),
                                    .actual = command == USBIP_RET_UNLINK ? 0 : read_be32(header + 24)};
    return true;
}

int usbip_client_control(int fd, uint32_t devid, uint32_t seqnum, const uint8_t setup[8], uint8_t *data)
{
    struct usbip_answer answer;
    uint32_t length = usb_le16(setup + 6);
    if (!usbip_client_submit(fd, devid, seqnum, 0, 0, setup, data, length) || !usbip_client_receive(fd, &answer))
        return -ENODEV;
    if (answer.actual > length || ((setup[0] & 0x80) && !usbip_client_data(fd, data, answer.actual)))
        return -ENODEV;
    return answer.status < 0 ? answer.status : (int)answer.actual;
}
