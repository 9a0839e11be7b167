/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Toggling a pin as fast as it goes; QEMU's machine has no ports. */
#include "clock.h"
#include "platform.h"

int firmware_main(void)
{
    clock_120mhz();
    if (!on_photon()) {
        console_text("no ports\n");
        return 0;
    }
    RCC_AHB1ENR |= 1;
    GPIOA_MODER = (GPIOA_MODER & ~(UINT32_C(3) << 26)) | UINT32_C(1) << 26;
    for (unsigned i = 0; i < 1000000; i++) {
        GPIOA_BSRR = 1 << 13;
        GPIOA_BSRR = UINT32_C(1) << 29;
    }
    console_text("done\n");
    return 0;
}
