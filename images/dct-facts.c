/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What DCT and backup registers ask of the next start. */
#include "images/dct.h"
#include "images/verdict.h"

/* Backup registers: Device OS, system_flags_impl.c and core_hal.h. */
enum { DR_REQUEST = 1, DR_FLAGS = 4, DR_UPDATE = 6, DR_RESET = 7, DR_MODES = 8 };
#define FLAGS_MAGIC UINT32_C(0x1ADEACC0)

static uint32_t number(const uint8_t *copy, const char *field)
{
    return dct_number(copy, dct_field_find(field));
}

void dct_facts(const uint8_t *flash, const uint32_t *backup, struct verdict_facts *facts)
{
    const uint8_t *copy = dct_current(flash);
    if (copy != NULL) {
        facts->dct = (struct verdict_flags){.factory_reset = (uint16_t)number(copy, "factory-reset"),
                                            .ota_update = (uint16_t)number(copy, "ota-update"),
                                            .watchdog = (uint16_t)number(copy, "watchdog"),
                                            .startup_mode = (uint8_t)number(copy, "startup-mode")};
        facts->update_flag = (uint8_t)number(copy, "update-flag");
        const struct dct_field *slots = dct_field_find("slot0");
        for (unsigned i = 0; i < MODULE_SLOTS; i++)
            facts->slot[i] = module_slot_read(copy + slots->offset + MODULE_SLOT_SIZE * i);
    }
    if (backup == NULL)
        return;
    facts->request = (uint16_t)backup[DR_REQUEST];
    if (backup[DR_FLAGS] == FLAGS_MAGIC)
        facts->backup = (struct verdict_flags){.factory_reset = (uint16_t)backup[DR_RESET],
                                               .ota_update = (uint16_t)backup[DR_UPDATE],
                                               .watchdog = (uint16_t)(backup[DR_RESET] >> 16),
                                               .startup_mode = (uint8_t)(backup[DR_MODES] >> 16)};
}
