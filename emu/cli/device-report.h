/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What photon-emu device tells about a device: for people, at most 80 columns wide, and as JSON. */
#ifndef EMU_CLI_DEVICE_REPORT_H
#define EMU_CLI_DEVICE_REPORT_H

#include <json-glib/json-glib.h>
#include <stdio.h>

#include "emu/cli/device.h"
#include "images/dct.h"
#include "images/verdict.h"

/* Does the device's bootloader keep its flags in backup registers, and not in the DCT? */
bool device_flags_in_backup(const struct board_persistent *device);
/* What is known about the next start. */
struct verdict_facts device_facts(const struct device_look *look);
/* "version 1502 (release 1.5.0) for the Photon, needs ..., CRC good", or "erased", "no module header". Free with g_free. */
char *device_describe_module(const struct board_persistent *device, unsigned part);
/* What the value of a backup register means; NULL: nothing that is known. Free with g_free. */
char *device_describe_backup(unsigned number, uint32_t value);
/* "write-protected: sectors 0 and 5 to 8; no readout protection". Free with g_free. */
char *device_describe_option_bytes(uint32_t option_bytes);
/* How many bytes of a sector are not 0xFF. */
uint32_t device_programmed(const struct board_persistent *device, unsigned sector);

/* ---- for people ---- */

void device_report(FILE *out, const struct device_look *look, const char *path);
/* Which copy of the DCT is current, and what the other one is. */
void device_report_copies(FILE *out, const uint8_t *flash);
/* The fields that are set, by groups. */
void device_report_fields(FILE *out, const struct board_persistent *device);
void device_report_slots(FILE *out, const struct device_look *look);

/* ---- JSON ---- */

void device_json(JsonBuilder *builder, const struct device_look *look);
/* All fields as an object: numbers, texts, null for what is not set; a list for wifi. */
void device_json_fields(JsonBuilder *builder, const uint8_t *copy);
void device_json_field(JsonBuilder *builder, const uint8_t *copy, const struct dct_field *field);
void device_json_slots(JsonBuilder *builder, const struct device_look *look);
void device_json_print(JsonBuilder *builder);

#endif
