/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/card-bench.h"

static void absent_without_power(void)
{
    struct machine *m = card_bench();
    uint32_t response;
    uint8_t block[64] = {0};
    for (uint32_t index = 0; index < 64; index++)
        g_assert_cmpint(card_command(m, index, 0, &response), ==, SDIO_NO_RESPONSE);
    g_assert_false(bcm43362_card_ops.data_write(wlan(m), block, sizeof block));
    g_assert_false(bcm43362_card_ops.data_read(wlan(m), block, sizeof block));
    g_assert_cmpuint(probe_level(m, DAT1), ==, 0);
    g_assert_cmpuint(probe_level(m, OOB), ==, EXT_OPEN);
    machine_free(m);
}

static void enumeration(void)
{
    struct machine *m = card_bench();
    uint32_t response;
    probe_set(m, REG_ON, 1);
    g_assert_cmpint(card_command(m, 0, 0, &response), ==, SDIO_NO_RESPONSE);
    g_assert_cmpint(card_command(m, 5, 0, &response), ==, SDIO_RESPONSE_NO_CRC);
    g_assert_cmphex(response, ==, 0xA0FFFF00);
    g_assert_cmpint(card_command(m, 52, 0, &response), ==, SDIO_NO_RESPONSE); /* not selected */
    g_assert_cmpint(card_command(m, 3, 0, &response), ==, SDIO_RESPONSE_OK);
    g_assert_cmphex(response, ==, 0x00010000);
    g_assert_cmpint(card_command(m, 7, 0x00020000, &response), ==, SDIO_NO_RESPONSE); /* another card */
    g_assert_cmpint(card_command(m, 7, 0x00010000, &response), ==, SDIO_RESPONSE_OK);
    g_assert_cmphex(response, ==, 0x00401E00); /* the CMD52 above was illegal */
    g_assert_cmpint(card_command(m, 3, 0, &response), ==, SDIO_NO_RESPONSE);
    g_assert_cmpint(card_command(m, 17, 0, &response), ==, SDIO_NO_RESPONSE);
    g_assert_cmphex(byte_read(m, 0, 0x00), ==, 0x32);
    g_assert_cmpint(card_command(m, 7, 0, &response), ==, SDIO_NO_RESPONSE); /* deselected */
    g_assert_cmpint(card_command(m, 52, 0, &response), ==, SDIO_NO_RESPONSE);
    machine_free(m);
}

/* The driver's own sequence: bcm43362-sdio facts, section 2.6. */
static void bring_up(void)
{
    struct machine *m = card_bench();
    card_select(m);
    g_assert_cmphex(direct(m, false, 1, 0x1000E, 0), ==, R5_OK | R5_ERROR); /* not enabled */
    byte_write(m, 0, 0x02, 0x02);
    g_assert_cmphex(byte_read(m, 0, 0x02), ==, 0x02);
    byte_write(m, 0, 0x07, (byte_read(m, 0, 0x07) & ~3) | 2);
    g_assert_cmphex(byte_read(m, 0, 0x07), ==, 0x02);
    byte_write(m, 0, 0x10, 0x40);
    g_assert_cmphex(byte_read(m, 0, 0x10), ==, 0x40);
    byte_write(m, 0, 0x211, 0x02);
    g_assert_cmphex(byte_read(m, 0, 0x211), ==, 0x02);
    byte_write(m, 0, 0x04, 0x07);
    g_assert_cmphex(byte_read(m, 0, 0x04), ==, 0x07);
    g_assert_cmphex(byte_read(m, 0, 0x03), ==, 0x02);
    g_assert_cmphex(byte_read(m, 1, 0x1000E), ==, 0x00);
    byte_write(m, 1, 0x1000E, 0x29);
    g_assert_cmphex(byte_read(m, 1, 0x1000E), ==, 0x69);
    byte_write(m, 1, 0x1000E, 0x10);
    g_assert_cmphex(byte_read(m, 1, 0x1000E), ==, 0xD0);
    byte_write(m, 1, 0x1000E, 0x00);
    g_assert_cmphex(byte_read(m, 1, 0x1000E), ==, 0x00);
    byte_write(m, 0, 0x02, 0x06);
    g_assert_cmphex(byte_read(m, 0, 0x03), ==, 0x02); /* no firmware, no function 2 */
    g_assert_cmphex(direct(m, false, 2, 0, 0), ==, R5_OK | R5_ERROR);
    machine_free(m);
    m = card_bench();
    card_start(m);
    g_assert_cmphex(byte_read(m, 0, 0x03), ==, 0x06);
    g_assert_cmphex(byte_read(m, 1, 0x1000E), ==, 0xC0); /* by itself */
    machine_free(m);
}

static void information(void)
{
    struct machine *m = card_bench();
    card_select(m);
    for (unsigned function = 0; function < 3; function++) {
        uint32_t at = 0;
        bool manufacturer = false, ends = false;
        for (unsigned i = 0; i < 3; i++)
            at |= (uint32_t)byte_read(m, 0, 0x100 * function + 9 + i) << 8 * i;
        for (unsigned i = 0; i < 10 && !ends; i++) {
            uint8_t tuple = byte_read(m, 0, at);
            ends = tuple == 0xFF;
            if (tuple == 0x20) {
                manufacturer = true;
                g_assert_cmphex(byte_read(m, 0, at + 2) | byte_read(m, 0, at + 3) << 8, ==, 0x02D0);
                g_assert_cmphex(byte_read(m, 0, at + 4) | byte_read(m, 0, at + 5) << 8, ==, 0xA962);
            }
            if (tuple == 0x22 && function > 0) {
                g_assert_cmpuint(byte_read(m, 0, at + 1), ==, 42);
                g_assert_cmpuint(byte_read(m, 0, at + 2), ==, 1);
                g_assert_cmpuint(byte_read(m, 0, at + 2 + 12) | byte_read(m, 0, at + 2 + 13) << 8, ==,
                                 function == 1 ? 64 : 512);
            }
            at += 2u + byte_read(m, 0, at + 1);
        }
        g_assert_true(ends);
        g_assert_true(manufacturer == (function == 0));
    }
    /* the same through CMD53 */
    uint8_t tuple[8];
    bytes_read(m, 0, 0x1000, tuple, 8);
    g_assert_cmpmem(tuple, 6, "\x20\x04\xD0\x02\x62\xA9", 6);
    machine_free(m);
}

static void refusals(void)
{
    struct machine *m = card_bench();
    card_start(m);
    g_assert_cmphex(direct(m, false, 3, 0, 0), ==, R5_OK | R5_FUNCTION);
    g_assert_cmphex(direct(m, true, 7, 0, 0), ==, R5_OK | R5_FUNCTION);
    g_assert_cmphex(direct(m, false, 1, 0x10020, 0), ==, R5_OK | R5_RANGE);
    g_assert_cmphex(extended(m, false, 5, true, true, 0, 1), ==, R5_OK | R5_FUNCTION);
    g_assert_cmphex(extended(m, false, 1, false, true, 0x1001C, 8), ==, R5_OK | R5_RANGE);
    g_assert_cmphex(extended(m, false, 1, true, true, 0xFFC1, 1), ==, R5_OK | R5_RANGE);
    g_assert_cmphex(extended(m, false, 0, false, true, 0x1FFFF, 2), ==, R5_OK | R5_RANGE);
    byte_write(m, 0, 0x110, 0);
    g_assert_cmphex(extended(m, false, 1, true, true, 0, 1), ==, R5_OK | R5_RANGE); /* blocks of nothing */
    /* an error begins no transfer */
    uint8_t block[64];
    g_assert_false(bcm43362_card_ops.data_read(wlan(m), block, 64));
    /* the host is out of step: wrong direction, wrong length, too much */
    byte_write(m, 0, 0x110, 64);
    set_window(m, 0);
    g_assert_cmphex(extended(m, false, 1, true, true, 0, 2), ==, R5_OK);
    g_assert_false(bcm43362_card_ops.data_write(wlan(m), block, 64));
    g_assert_true(bcm43362_card_ops.data_read(wlan(m), block, 64));
    g_assert_false(bcm43362_card_ops.data_read(wlan(m), block, 32));
    g_assert_false(bcm43362_card_ops.data_read(wlan(m), block, 64));
    g_assert_cmphex(extended(m, true, 1, false, true, 0, 0), ==, R5_OK); /* 512 bytes */
    uint8_t many[512] = {0};
    g_assert_true(bcm43362_card_ops.data_write(wlan(m), many, 512));
    g_assert_false(bcm43362_card_ops.data_write(wlan(m), many, 512));
    machine_free(m);
}

static void window(void)
{
    struct machine *m = card_bench();
    card_set_up(m);
    uint8_t bytes[4];
    bytes_read(m, 1, 0x0000, bytes, 4); /* after power-on it shows chip common */
    g_assert_cmphex(get32(bytes), ==, 0x1591A962);
    bytes_read(m, 1, 0x8000, bytes, 4); /* bit 15 says that four bytes are meant */
    g_assert_cmphex(get32(bytes), ==, 0x1591A962);
    put32(bytes, 2);
    bytes_write(m, 1, 0x6C, bytes, 4);
    g_assert_cmphex(core_read(m, 0x1800006C), ==, 2);
    core_byte_write(m, SOCRAM_IOCTRL, 3);
    g_assert_cmphex(core_byte_read(m, SOCRAM_IOCTRL), ==, 3);
    g_assert_cmphex(core_byte_read(m, ARM_IOCTRL), ==, 0);
    core_write(m, CORE_MASK, 0x123456F0);
    g_assert_cmphex(core_read(m, CORE_MASK), ==, 0x123456F0);
    core_byte_write(m, CORE_MASK + 1, 0xAA);
    g_assert_cmphex(core_read(m, CORE_MASK), ==, 0x1234AAF0);
    /* a fixed address hits one register */
    set_window(m, CORE_MASK);
    g_assert_cmphex(extended(m, true, 1, false, false, CORE_MASK & 0x7FFF, 4), ==, R5_OK);
    put32(bytes, 0x44332211);
    g_assert_true(bcm43362_card_ops.data_write(wlan(m), bytes, 4));
    g_assert_cmphex(core_read(m, CORE_MASK), ==, 0x1234AA44);
    /* what there is not reads as zero and is told */
    g_assert_cmphex(core_read(m, 0x18001234), ==, 0);
    core_write(m, 0x0003C000, 1);
    machine_free(m);
}

static void download(void)
{
    struct machine *m = card_bench();
    struct heard start = {.op = "start"}, firmware = {.op = "firmware"};
    machine_subscribe(m, hear, &start);
    machine_subscribe(m, hear, &firmware);
    card_set_up(m);
    core_byte_write(m, ARM_RESETCTRL, 1);
    core_byte_write(m, ARM_RESETCTRL, 0); /* without a program nothing runs */
    g_assert_cmpuint(start.count, ==, 0);
    g_assert_cmphex(byte_read(m, 0, 0x03), ==, 0x02);
    core_byte_write(m, ARM_RESETCTRL, 1);
    uint8_t piece[1024] = {1, 2, 3};
    set_window(m, 0x38000);
    bytes_write(m, 1, 0x3BC0, piece, sizeof piece); /* up to the end of RAM */
    core_byte_write(m, ARM_RESETCTRL, 0);
    g_assert_cmpuint(start.count, ==, 1);
    g_assert_cmpuint(firmware.count, ==, 1);
    g_assert_cmphex(byte_read(m, 0, 0x03), ==, 0x06);
    core_byte_write(m, ARM_RESETCTRL, 0); /* once */
    g_assert_cmpuint(start.count, ==, 1);
    core_byte_write(m, ARM_RESETCTRL, 1); /* and it stops */
    g_assert_cmphex(byte_read(m, 0, 0x03), ==, 0x02);
    g_assert_cmphex(byte_read(m, 1, 0x1000E), ==, 0x00);
    machine_free(m);
}

static void interrupt_lines(void)
{
    struct machine *m = card_bench();
    card_start(m);
    g_assert_cmpuint(probe_level(m, DAT1), ==, 0);
    core_byte_write(m, CORE_MAILBOX, 8);
    g_assert_cmpuint(probe_level(m, DAT1), ==, 1);
    g_assert_cmphex(byte_read(m, 0, 0x05), ==, 0x04);
    g_assert_cmphex(core_read(m, CORE_STATUS), ==, FRAME_INDICATION);
    /* each of the masks */
    byte_write(m, 0, 0x04, 0x04);
    g_assert_cmpuint(probe_level(m, DAT1), ==, 0);
    byte_write(m, 0, 0x04, 0x03);
    g_assert_cmpuint(probe_level(m, DAT1), ==, 0);
    byte_write(m, 0, 0x04, 0x05);
    g_assert_cmpuint(probe_level(m, DAT1), ==, 1);
    core_write(m, CORE_MASK, 0xB0);
    g_assert_cmpuint(probe_level(m, DAT1), ==, 0);
    core_write(m, CORE_MASK, 0xF0);
    g_assert_cmpuint(probe_level(m, DAT1), ==, 1);
    /* its own pin, high or low, masked or not */
    byte_write(m, 0, 0xF2, 0x07);
    g_assert_cmpuint(probe_level(m, DAT1), ==, 0);
    g_assert_cmpuint(probe_level(m, OOB), ==, EXT_HIGH);
    byte_write(m, 0, 0xF2, 0x03);
    g_assert_cmpuint(probe_level(m, OOB), ==, EXT_LOW);
    byte_write(m, 0, 0xF2, 0x06);
    g_assert_cmpuint(probe_level(m, OOB), ==, EXT_LOW);
    g_assert_cmpuint(probe_level(m, DAT1), ==, 1);
    byte_write(m, 0, 0xF2, 0x07);
    core_write(m, CORE_STATUS, FRAME_INDICATION); /* write one to clear */
    g_assert_cmphex(core_read(m, CORE_STATUS), ==, 0);
    g_assert_cmpuint(probe_level(m, OOB), ==, EXT_LOW);
    byte_write(m, 0, 0xF2, 0x00);
    g_assert_cmpuint(probe_level(m, OOB), ==, EXT_OPEN);
    machine_free(m);
}

static void power_cycle(void)
{
    struct machine *m = card_bench();
    struct heard power = {.op = "power"};
    machine_subscribe(m, hear, &power);
    uint32_t response;
    card_start(m);
    core_byte_write(m, CORE_MAILBOX, 8);
    byte_write(m, 0, 0xF2, 0x07);
    /* in the middle of a transfer */
    uint8_t block[64] = {0};
    g_assert_cmphex(extended(m, true, 2, true, true, 0, 2), ==, R5_OK);
    g_assert_true(bcm43362_card_ops.data_write(wlan(m), block, 64));
    probe_set(m, REG_ON, 0);
    g_assert_false(bcm43362_card_ops.data_write(wlan(m), block, 64));
    g_assert_cmpint(card_command(m, 52, 0, &response), ==, SDIO_NO_RESPONSE);
    g_assert_cmpuint(probe_level(m, OOB), ==, EXT_OPEN);
    g_assert_cmpuint(power.count, ==, 2);
    /* a cold start */
    card_select(m);
    g_assert_cmphex(byte_read(m, 0, 0x02), ==, 0);
    g_assert_cmphex(byte_read(m, 0, 0xF2), ==, 0);
    byte_write(m, 0, 0x02, 0x06);
    g_assert_cmphex(byte_read(m, 0, 0x03), ==, 0x02);
    g_assert_cmphex(core_read(m, CORE_STATUS), ==, 0);
    /* a reset of the board leaves the chip alone */
    wlan(m)->class->reset(wlan(m), RESET_SYSTEM);
    g_assert_cmphex(byte_read(m, 0, 0x02), ==, 0x06);
    g_assert_cmpmem(bcm43362_mac(wlan(m)), 6, card_mac, 6);
    machine_free(m);
}

static void io_reset(void)
{
    struct machine *m = card_bench();
    uint32_t response;
    card_start(m);
    g_assert_cmphex(direct(m, true, 0, 0x06, 0x08), ==, R5_OK | 0x08);
    g_assert_cmpint(card_command(m, 52, 0, &response), ==, SDIO_NO_RESPONSE);
    card_select(m);
    g_assert_cmphex(byte_read(m, 0, 0x02), ==, 0);
    byte_write(m, 0, 0x02, 0x06);
    g_assert_cmphex(byte_read(m, 0, 0x03), ==, 0x06); /* the firmware did not notice */
    machine_free(m);
}

static void endless_transfer(void)
{
    struct machine *m = card_bench();
    uint8_t block[64] = {0};
    card_set_up(m);
    set_window(m, 0);
    g_assert_cmphex(extended(m, true, 1, true, true, 0, 0), ==, R5_OK);
    for (unsigned i = 0; i < 0x10000 / 64; i++)
        g_assert_true(bcm43362_card_ops.data_write(wlan(m), block, 64));
    g_assert_false(bcm43362_card_ops.data_write(wlan(m), block, 64)); /* off the end */
    g_assert_cmphex(extended(m, true, 1, true, true, 0, 0), ==, R5_OK);
    g_assert_true(bcm43362_card_ops.data_write(wlan(m), block, 64));
    byte_write(m, 0, 0x06, 2); /* another function's abort */
    g_assert_true(bcm43362_card_ops.data_write(wlan(m), block, 64));
    g_assert_cmphex(direct(m, true, 0, 0x06, 1), ==, R5_OK | 1);
    g_assert_false(bcm43362_card_ops.data_write(wlan(m), block, 64));
    machine_free(m);
}

static void note_command(const struct event *event, void *data)
{
    if (strcmp(event->kind, "sdio") != 0)
        return;
    for (size_t i = 0; i < event->n_fields; i++) {
        const struct event_field *f = &event->fields[i];
        if (f->type == EVENT_STRING)
            g_string_append_printf(data, " %s", f->string);
        else if (f->type == EVENT_INT)
            g_string_append_printf(data, " %d", (int)f->integer);
        else if (strcmp(f->name, "argument") != 0)
            g_string_append_printf(data, " %s=%x", f->name, (unsigned)f->hex);
    }
    g_string_append_c(data, ';');
}

static void told(void)
{
    struct machine *m = card_bench();
    g_autoptr(GString) heard = g_string_new(NULL);
    uint8_t block[128] = {0};
    card_set_up(m);
    machine_subscribe(m, note_command, heard);
    uint32_t response;
    card_command(m, 0, 0, &response);
    byte_write(m, 0, 0x110, 64);
    byte_read(m, 0, 0x110);
    bytes_write(m, 1, 0x100, block, sizeof block);
    extended(m, false, 2, false, true, 0, 4); /* not ready */
    g_assert_cmpstr(heard->str, ==,
                    " 0; 52 write 0 address=110 response=1040; 52 read 0 address=110 response=1040;"
                    " 53 write 1 address=100 128 response=1000; 53 read 2 address=0 0 response=1800;");
    machine_free(m);
}

/* Anything at all, with the address sanitizer looking. */
static void random_commands(void)
{
    struct machine *m = card_bench();
    uint64_t noise = 1;
    uint8_t block[512];
    unsigned answers = 0;
    card_start(m);
    for (unsigned round = 0; round < 30000; round++) {
        uint64_t dice = noise_next(&noise);
        uint32_t argument = (uint32_t)noise_next(&noise), response;
        static const uint8_t indices[8] = {52, 52, 52, 53, 53, 53, 7, 3};
        if (dice % 512 == 0) {
            probe_set(m, REG_ON, 0);
            card_start(m);
        }
        if (dice % 3 == 0) /* to function 2, with a length in reason */
            argument = (argument & 0x8C00007F) | 2u << 28;
        uint32_t index = dice % 1024 == 1 ? dice >> 16 & 63 : indices[dice >> 8 & 7];
        if (index == 7 && dice % 16 != 0)
            argument = 0x00010000;
        answers += card_command(m, index, argument, &response) == SDIO_RESPONSE_OK;
        for (unsigned i = 0; i < (dice >> 32 & 15); i++) {
            for (unsigned k = 0; k < sizeof block; k += 8) {
                uint64_t bytes = noise_next(&noise);
                memcpy(block + k, &bytes, 8);
            }
            size_t length = dice & BIT(20) ? argument & 0x1FF : 64;
            if (dice & BIT(21))
                bcm43362_card_ops.data_write(wlan(m), block, length);
            else
                bcm43362_card_ops.data_read(wlan(m), block, length);
        }
        pass(m, TICKS_PER_MS / 100);
    }
    g_assert_cmpuint(answers, >, 10000);
    /* and it still works */
    probe_set(m, REG_ON, 0);
    card_start(m);
    g_assert_cmphex(byte_read(m, 0, 0x03), ==, 0x06);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bcm43362/card/absent", absent_without_power);
    g_test_add_func("/bcm43362/card/enumeration", enumeration);
    g_test_add_func("/bcm43362/card/bring-up", bring_up);
    g_test_add_func("/bcm43362/card/information", information);
    g_test_add_func("/bcm43362/card/refusals", refusals);
    g_test_add_func("/bcm43362/card/window", window);
    g_test_add_func("/bcm43362/card/download", download);
    g_test_add_func("/bcm43362/card/interrupt", interrupt_lines);
    g_test_add_func("/bcm43362/card/power", power_cycle);
    g_test_add_func("/bcm43362/card/io-reset", io_reset);
    g_test_add_func("/bcm43362/card/endless", endless_transfer);
    g_test_add_func("/bcm43362/card/events", told);
    g_test_add_func("/bcm43362/card/random", random_commands);
    return g_test_run();
}
