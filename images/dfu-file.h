/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files for dfu-util: a suffix that names the device which they are for (USB DFU 1.1, appendix B), and the containers with
 * addresses of STMicroelectronics (DfuSe, UM0391 "DfuSe file format"). A .dfu file is either or both; Particle's .bin files are
 * neither.
 */
#ifndef IMAGES_DFU_FILE_H
#define IMAGES_DFU_FILE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { DFU_SUFFIX_SIZE = 16, DFU_ANY = 0xFFFF, DFU_VERSION = 0x0100, DFU_VERSION_DFUSE = 0x011A };

struct dfu_suffix {
    uint16_t device;          /* bcdDevice; DFU_ANY: any */
    uint16_t product, vendor; /* likewise */
    uint16_t version;         /* DFU_VERSION, or DFU_VERSION_DFUSE */
    uint8_t length;           /* of the suffix: 16 or more */
    uint32_t crc;             /* as stored, over all before it */
    bool crc_good;
};

/* A piece of a DfuSe container. */
struct dfu_element {
    uint8_t alternate; /* setting of the interface: 0 flash, 1 DCT */
    uint32_t address, size;
    uint32_t offset; /* of its bytes in the file */
};

struct dfu_file {
    bool has_suffix;
    struct dfu_suffix suffix;
    size_t payload; /* bytes before the suffix */
    bool dfuse;
    GArray *elements; /* struct dfu_element, of a DfuSe container */
    char *problem;    /* a sentence: where the container contradicts itself; NULL */
};

/* False if data is no such file; then nothing is to be cleared. */
bool dfu_file_parse(const uint8_t *data, size_t size, struct dfu_file *file);
void dfu_file_clear(struct dfu_file *file);

/* Would dfu-util, asked for that device, take a file with this suffix? */
bool dfu_suffix_fits(const struct dfu_suffix *suffix, uint16_t vendor, uint16_t product);

/* The USB ids of a board in DFU mode (device-os build/platform-id.mk); false for unknown ones. */
bool dfu_ids_of_platform(unsigned platform, uint16_t *vendor, uint16_t *product);
/* The board with these ids, "Photon"; NULL for unknown ones. */
const char *dfu_board_name(uint16_t vendor, uint16_t product);

/* Put a suffix behind data, for any version of that device. */
void dfu_suffix_append(GByteArray *data, uint16_t vendor, uint16_t product);

#endif
