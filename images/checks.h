/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The single checks that bootloader and system make on a module in flash, with nothing added: what they do not look at is not
 * looked at here. Addresses are those of the device; the boot alias at 0 reads as flash.
 */
#ifndef IMAGES_CHECKS_H
#define IMAGES_CHECKS_H

#include "images/verdict.h"

enum check_result {
    CHECK_PASSED,
    CHECK_FAILED,
    CHECK_FAULTS, /* the code reads where no memory is: a bus fault */
};

struct flash_view {
    const uint8_t *flash; /* IMAGE_FLASH_SIZE bytes */
    uint16_t platform;
};

/* 0 where there is no flash. */
uint16_t view_u16(const struct flash_view *view, uint32_t address);
uint32_t view_u32(const struct flash_view *view, uint32_t address);
bool view_erased(const struct flash_view *view, uint32_t address, uint32_t size);

/* The header of what begins at that address: at 0 or, behind a vector table, at 0x184. */
struct module_header view_header(const struct flash_view *view, uint32_t address);

/* What is wrong with a header, if it is to be for the address expected: start, end (not beyond flash), platform. */
enum module_reason view_header_fault(const struct flash_view *view, uint32_t address, uint32_t expected);

/* CRC over length bytes, which lies behind them. No length is a failure. */
enum check_result view_crc(const struct flash_view *view, uint32_t address, uint32_t length);

/* Where a module of that kind has its place; NULL: nowhere. For a user part that is the user area, not the factory's. */
const struct image_place *view_place(unsigned function, unsigned index);

/* Is it there, in that version? Neither header nor CRC of what is there are looked at. */
struct verdict_dependency view_dependency(const struct flash_view *view, const struct module_dependency *needed,
                                          const struct system_rules *rules);

/* All that a module which begins at that address needs; two, filled in. update: see below. */
enum module_reason view_dependencies(const struct flash_view *view, uint32_t address, const struct system_rules *rules,
                                     bool update, struct verdict_dependency *dependency);

/*
 * The system's own full check of a module that begins at that address: a place for its function and index with its end in it,
 * platform, dependencies, CRC. update: as an update, for which the dependencies of user parts, and on a bootloader, do not
 * count. dependency (two, may be NULL) is filled in.
 */
enum module_reason view_system_check(const struct flash_view *view, uint32_t address, const struct system_rules *rules,
                                     bool update, struct verdict_dependency *dependency);

#endif
