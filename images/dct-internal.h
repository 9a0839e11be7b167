/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading and writing values as text: for dct-text.c, where these are, and dct-wifi.c. */
#ifndef IMAGES_DCT_INTERNAL_H
#define IMAGES_DCT_INTERNAL_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Set an error; always false. */
bool dct_bad(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Pairs of hexadecimal digits: how many bytes they are, or -1 if they are none or more than there is room for. */
int dct_read_hex(const char *text, uint8_t *bytes, size_t room);
char *dct_hex(const uint8_t *bytes, size_t size);
/* "02:00:00:00:00:01" */
bool dct_read_mac(const char *text, uint8_t mac[6]);
char *dct_mac(const uint8_t mac[6]);

/* As it is if that is text without control characters, else with escapes. */
char *dct_printable(const char *bytes, size_t size);

#endif
