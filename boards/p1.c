/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Particle P1: the same system on chip as the Photon's, with more pins led out. */
#include "boards/boards.h"

static const struct board_pin pins[] = {
    {"D0", "PB7", -1},  {"D1", "PB6", -1},  {"D2", "PB5", -1},   {"D3", "PB4", -1},   {"D4", "PB3", -1},  {"D5", "PA15", -1},
    {"D6", "PA14", -1}, {"D7", "PA13", -1}, {"A0", "PC5", 15},   {"A1", "PC3", 13},   {"A2", "PC2", 12},  {"A3", "PA5", 5},
    {"A4", "PA6", 6},   {"A5", "PA7", 7},   {"DAC", "PA4", 4},   {"WKP", "PA0", 0},   {"RX", "PA10", -1}, {"TX", "PA9", -1},
    {"P1S0", "PB0", 8}, {"P1S1", "PB1", 9}, {"P1S2", "PC0", 10}, {"P1S3", "PC4", 14}, {NULL, NULL, -1},
};

const struct board board_p1 = {
    .name = "p1",
    .title = "Particle P1",
    .platform = 8,
    .build = particle_module_build,
    .pins = pins,
    .radio = {.reg_on = "PB8", .interrupt = "PB9"},
};
