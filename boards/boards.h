/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boards, for boards/ only. */
#ifndef BOARDS_BOARDS_H
#define BOARDS_BOARDS_H

#include "boards/board.h"

extern const struct board board_photon, board_p1;

/* What Photon and P1 share: STM32F205, 26 MHz, 32.768 kHz, RGB LED on PA1 to PA3, SETUP on PC7, BCM43362 on SDIO. */
void particle_module_build(struct machine *m, const struct board *board, const struct board_options *options);

#endif
