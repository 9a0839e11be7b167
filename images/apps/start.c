/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the system enters a user module: through a table of four functions, to which the word behind the header points. */
#include "photon.h"

extern const uint32_t _data_load[];
extern uint32_t _data_start[], _data_end[], _bss_start[], _bss_end[];

#pragma weak startup

/* Before the heap is there, which begins at the address that is returned. Nothing of the system may be called yet. */
static void *pre_init(void)
{
    const uint32_t *from = _data_load;
    for (uint32_t *to = _data_start; to < _data_end;)
        *to++ = *from++;
    for (uint32_t *to = _bss_start; to < _bss_end;)
        *to++ = 0;
    return _bss_end;
}

/* In the application's thread, before the system brings the radio up. */
static void init(void)
{
    set_system_mode(app_system_mode);
    if (startup)
        startup();
}

static const struct {
    void *(*pre_init)(void);
    void (*init)(void);
    void (*setup)(void);
    void (*loop)(void);
} entries = {pre_init, init, setup, loop};

__attribute__((section(".entries"), used)) static const void *const pointer_to_entries = &entries;
