/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DCT ("device configuration table"): the settings that bootloader and system keep in flash.
 *
 * It lies twice, in sectors 1 and 2 (16 KB each), and one copy is current. A copy begins with a header, then comes the part of
 * the Wi-Fi platform (stored networks, MAC), from offset 7548 on the application area: system flags, keys, server, claim code,
 * slots of pending updates, ... Offsets in the application area are also those of the second alternate setting in DFU mode.
 *
 * Systems since 0.7.0 (version 200) end a copy with a version block that holds a sequence number and a CRC; older ones have
 * none. How each picks the current copy, and the block and its CRC, were found by giving real images copies in all states and
 * looking which they use (tests/images/test-dct.c does that again):
 *
 *   before 0.7.0  the first copy that is complete and marked as current; if there is none both are erased and formatted
 *   since 0.7.0   of the complete copies with a version block:
 *                   if there is one only, that one, whatever its CRC;
 *                   if one only is marked as current, that one; if none is, the second;
 *                   if both are marked: the second if its CRC is right and either that of the first is wrong or its sequence
 *                   number is higher, as a plain number; else the first
 *                 without such a copy, the first complete one of the older kind, marked or not: it is converted
 *
 * "Complete" means: the magic is there, and the byte "write incomplete" is 0.
 *
 * Typical use, on flash of IMAGE_FLASH_SIZE bytes:
 *
 *   const uint8_t *copy = dct_current(flash);               NULL: there is no DCT yet
 *   if (copy != NULL && dct_number(copy, dct_field_find("factory-reset")) == 0xAAAA) ...
 *
 *   uint8_t *copy = dct_edit(flash);                        makes one if there is none
 *   dct_set(copy, dct_field_find("server-port"), "5684", &error);
 */
#ifndef IMAGES_DCT_H
#define IMAGES_DCT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    DCT_COPIES = 2,
    DCT_COPY_SIZE = 0x4000,
    DCT_FLASH_OFFSET = 0x4000,  /* of the first copy in flash */
    DCT_APPLICATION = 7548,     /* of the application area in a copy */
    DCT_VERSION_BLOCK = 0x3FF0, /* in a copy */
};

/* ---- copies ---- */

/* What a copy says about itself. */
struct dct_copy {
    uint32_t address;
    bool erased;              /* all of it is 0xFF */
    bool magic;               /* it is a copy */
    uint8_t write_incomplete; /* 0: it was written to its end */
    uint8_t is_current;       /* 0: replaced by the other */
    bool complete;            /* magic, and write_incomplete is 0 */
    bool has_version;         /* it ends with a version block; nothing below counts otherwise */
    uint32_t sdk_version;     /* of the platform's library: 0x03700000 is 3.7 */
    uint8_t sequence;
    uint32_t crc, computed_crc;
    bool crc_good;
};

/* number: 0 or 1. */
struct dct_copy dct_copy_read(const uint8_t *flash, unsigned number);

/* By which rules a copy is picked and made: by the version of the installed system part 2; without one, by what is there. */
enum dct_generation {
    DCT_PLAIN,     /* before 0.7.0 */
    DCT_VERSIONED, /* with a version block */
};
enum dct_generation dct_generation(const uint8_t *flash);

/* The number of the copy that the installed system uses, or -1: it would format both. */
int dct_current_number(const uint8_t *flash);
/* That copy, DCT_COPY_SIZE bytes in flash; NULL: there is none. */
const uint8_t *dct_current(const uint8_t *flash);
/* The same, to be changed by the functions below. If there is none both sectors are erased and the first formatted, as the
   installed system does it. */
uint8_t *dct_edit(uint8_t *flash);

/* CRC as the version block holds it. */
uint32_t dct_crc(const uint8_t *copy);
/* Correct the CRC after bytes of the copy were changed; nothing without a version block. The functions below do it. */
void dct_sum(uint8_t *copy);

/* ---- fields ---- */

enum dct_kind {
    DCT_NUMBER,     /* little-endian, 1, 2 or 4 bytes */
    DCT_NUMBER_BIG, /* big-endian */
    DCT_TEXT,       /* up to its size, or a byte 0 or 0xFF */
    DCT_COUNTED,    /* length in the first byte */
    DCT_BYTES,
    DCT_KEY,     /* RSA, in DER */
    DCT_IP,      /* IPv4 address as a little-endian number */
    DCT_MAC,     /* six bytes */
    DCT_SERVER,  /* type (0: IPv4, 1: name), length, value */
    DCT_COUNTRY, /* two letters, then a revision */
    DCT_SLOT,    /* struct module_slot */
    DCT_THEME,   /* colours and patterns of the LED's signals */
    DCT_WIFI,    /* the list of networks */
};

enum dct_group {
    DCT_GROUP_FLAGS,
    DCT_GROUP_KEYS,
    DCT_GROUP_CLOUD,
    DCT_GROUP_SETUP,
    DCT_GROUP_WIFI,
    DCT_GROUP_UPDATE,
    DCT_GROUP_OTHER,
    DCT_GROUPS
};
const char *dct_group_name(enum dct_group group); /* "System flags" */

struct dct_field {
    const char *name; /* "factory-reset" */
    const char *text; /* what it is: "factory reset requested" */
    uint16_t offset;  /* in a copy */
    uint16_t size;
    enum dct_kind kind;
    enum dct_group group;
    uint16_t since; /* version of the system that began to use it; 0: all do */
    const struct dct_word {
        uint32_t value;
        const char *word;
    } * words; /* names of numbers, the last with word NULL; NULL: none */
};

/* In the order of offsets within each group; NULL behind the last. */
const struct dct_field *dct_field(unsigned index);
/* By name; '_' is as good as '-'. NULL: there is none. */
const struct dct_field *dct_field_find(const char *name);
/* All names, with commas between; free with g_free. */
char *dct_field_names(void);

/* Nothing was ever written there: every byte is 0xFF. */
bool dct_is_unset(const uint8_t *copy, const struct dct_field *field);
/* Of DCT_NUMBER and DCT_NUMBER_BIG. */
uint32_t dct_number(const uint8_t *copy, const struct dct_field *field);
/* False if it does not fit. */
bool dct_set_number(uint8_t *copy, const struct dct_field *field, uint32_t value);

/*
 * The value as text, which dct_set takes back; "none" if it is unset. Free with g_free. Numbers: a word of the field's, else
 * decimal or hexadecimal; bytes and keys: hexadecimal; where text is expected and other bytes are found: "hex:" and those;
 * networks: one a line, as dct_network_string has it.
 */
char *dct_get(const uint8_t *copy, const struct dct_field *field);
/* The same for a reader: "RSA-1024 key, 611 bytes", "0xAAAA (requested)"; may be several lines. */
char *dct_describe(const uint8_t *copy, const struct dct_field *field);
/*
 * Change it, and correct the CRC. "none" fills the field with 0xFF. For DCT_WIFI the text is one network for
 * dct_network_parse, which is added or taken away. A system flag also gets the record's header, without which none counts.
 * False with a sentence, without a full stop, that says what is allowed; then nothing has changed.
 */
bool dct_set(uint8_t *copy, const struct dct_field *field, const char *text, GError **error);
/* size bytes as they are, into any field but DCT_WIFI; what is left of it is filled with 0xFF. */
bool dct_set_bytes(uint8_t *copy, const struct dct_field *field, const void *bytes, size_t size, GError **error);
/* A DER key's own length, 0 if there is none. */
size_t dct_key_size(const uint8_t *copy, const struct dct_field *field);

/* Has the device its private key? Without one, the system makes it at its first start. */
bool dct_has_keys(const uint8_t *copy);

/* ---- stored networks ---- */

enum { DCT_NETWORKS = 5, DCT_SSID_MAX = 32, DCT_WIFI_KEY_MAX = 64 };

enum dct_security { /* low byte: ciphers */
                    DCT_OPEN = 0,
                    DCT_WEP = 1,
                    DCT_WPA_TKIP = 0x00200002,
                    DCT_WPA_AES = 0x00200004,
                    DCT_WPA_MIXED = 0x00200006,
                    DCT_WPA2_TKIP = 0x00400002,
                    DCT_WPA2_AES = 0x00400004,
                    DCT_WPA2_MIXED = 0x00400006,
};

struct dct_network {
    char ssid[DCT_SSID_MAX + 1];
    uint8_t ssid_length;
    uint8_t bssid[6];  /* all 0: any */
    uint8_t channel;   /* 0: not known */
    uint32_t security; /* enum dct_security, or another number */
    uint8_t key_length;
    uint8_t key[DCT_WIFI_KEY_MAX]; /* pass phrase or 64 hexadecimal digits, as text; for WEP keys, each with its number and
                                      length before it */
};

/* The network at a place, 0 to DCT_NETWORKS - 1, which is the order in which they are tried; false: none there. */
bool dct_network_get(const uint8_t *copy, unsigned place, struct dct_network *network);
/* As the system does it: one of that SSID is replaced; else it becomes the first, and the last of five is lost. */
void dct_network_add(uint8_t *copy, const struct dct_network *network);
/* False: there is none of that SSID. */
bool dct_network_remove(uint8_t *copy, const char *ssid);
void dct_networks_clear(uint8_t *copy);

/*
 * "ssid=home,psk=secretpass,security=wpa2,channel=6,bssid=02:00:00:00:00:01" with ssid alone required. security: open, wep,
 * wpa (TKIP), wpa-aes, wpa-mixed, wpa2 (AES), wpa2-tkip, mixed (WPA2, AES and TKIP), or a number; without it open, or wpa2 if
 * there is a psk. psk: 8 to 63 characters or 64 hexadecimal digits; for wep 10 or 26 hexadecimal digits, or raw: and the bytes
 * that are to be stored. A comma or backslash in a value is written with a backslash before it. "ssid=home,off" sets *off: it
 * is to be taken away. False with a sentence, without a full stop, that says what is wrong.
 */
bool dct_network_parse(const char *text, struct dct_network *network, bool *off, GError **error);
/* The way back. Free with g_free. */
char *dct_network_string(const struct dct_network *network);
/* For a reader, without the key: "\"home\", wpa2 with a key of 10 bytes, channel 6". Free with g_free. */
char *dct_network_describe(const struct dct_network *network);

/* ---- for images/verdict.h ---- */

struct verdict_facts;
/*
 * Fill in what flash, DCT and backup registers say; the rest of *facts is left. backup: twenty registers, NULL if they are
 * not kept. Set *facts to VERDICT_FACTS_DEFAULT before.
 */
void dct_facts(const uint8_t *flash, const uint32_t *backup, struct verdict_facts *facts);

#endif
