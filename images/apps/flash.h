/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flash controller, driven by the app itself (PM0059), in the way of the vendor's driver: what an operation came to is read
   from the status register afterwards. */
#ifndef IMAGES_APPS_FLASH_H
#define IMAGES_APPS_FLASH_H

#include <stdint.h>

#define FLASH_KEYR (*(volatile uint32_t *)0x40023C04)
#define FLASH_SR   (*(volatile uint32_t *)0x40023C0C)
#define FLASH_CR   (*(volatile uint32_t *)0x40023C10)

enum {
    FLASH_SR_WRPERR = 1 << 4,
    FLASH_SR_PGSERR = 1 << 7,
    FLASH_SR_ERRORS = 0xF2,
    FLASH_SR_BSY = 1 << 16,
    FLASH_CR_PG = 1 << 0,
    FLASH_CR_SER = 1 << 1,
    FLASH_CR_SECTOR = 3,    /* position of the sector's number */
    FLASH_CR_WORD = 2 << 8, /* 32 bits at a time */
    FLASH_CR_STRT = 1 << 16,
    FLASH_CR_LOCK = (int)(1u << 31),
};

static inline void flash_unlock(void)
{
    if (FLASH_CR & (uint32_t)FLASH_CR_LOCK) {
        FLASH_KEYR = 0x45670123;
        FLASH_KEYR = 0xCDEF89AB;
    }
}

static inline void flash_clear_errors(void)
{
    FLASH_SR = FLASH_SR_ERRORS;
}

/* Wait for the end, put the controller to rest, and tell the error flags: 0 if there is none. */
static inline uint32_t flash_end(void)
{
    while (FLASH_SR & FLASH_SR_BSY)
        continue;
    FLASH_CR = (uint32_t)FLASH_CR_LOCK;
    return FLASH_SR & FLASH_SR_ERRORS;
}

static inline uint32_t flash_program(volatile uint32_t *address, uint32_t value)
{
    flash_unlock();
    FLASH_CR = FLASH_CR_WORD | FLASH_CR_PG;
    *address = value;
    return flash_end();
}

static inline uint32_t flash_erase(uint32_t sector)
{
    flash_unlock();
    FLASH_CR = FLASH_CR_WORD | FLASH_CR_SER | sector << FLASH_CR_SECTOR;
    FLASH_CR |= FLASH_CR_STRT;
    return flash_end();
}

#endif
