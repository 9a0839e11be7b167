/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies where in a copy of the DCT. Application area: Device OS, platform/MCU/STM32F2xx/SPARK_Firmware_Driver/inc/dct.h and
 * platform_system_flags.h, which assert these offsets at v0.5.2 and v1.5.0. Platform part: found by having real systems store
 * networks (tests/images/test-dct.c).
 */
#include <string.h>

#include "images/dct.h"

#define APPLICATION(N) (DCT_APPLICATION + (N))

static const struct dct_word clear_wifi[] = {{1, "requested"}, {0, "done"}, {0, NULL}};
static const struct dct_word ota_update[] = {{0x0005, "complete"}, {0x5555, "broken"}, {0x5000, "done"}, {0, NULL}};
static const struct dct_word ota_flashed[] = {{1, "just-flashed"}, {0, "no"}, {0, NULL}};
static const struct dct_word factory_reset[] = {{0xAAAA, "requested"}, {0, NULL}};
static const struct dct_word watchdog[] = {{0xD001, "armed-at-next-start"}, {0, NULL}};
static const struct dct_word reset_done[] = {{0x5A, "yes"}, {0, NULL}};
static const struct dct_word startup_mode[] = {{0, "normal"}, {1, "safe-mode"}, {0, NULL}};
static const struct dct_word claimed[] = {{'1', "yes"}, {0, "no"}, {0, NULL}};
static const struct dct_word ip_mode[] = {{0, "dhcp"}, {1, "static"}, {0, NULL}};
static const struct dct_word update_flag[] = {{0xA5, "requested"}, {0, NULL}};
static const struct dct_word antenna[] = {{0, "internal"}, {1, "external"}, {3, "auto"}, {0, NULL}};
static const struct dct_word transport[] = {{0, "tcp"}, {1, "udp"}, {0, NULL}};

static const struct dct_field fields[] = {
    {"flags-header", "marks the record of system flags as valid (0x1ADEACC0)", APPLICATION(0), 4, DCT_NUMBER, DCT_GROUP_FLAGS,
     0, NULL},
    {"bootloader-version", "version of the bootloader that started last", APPLICATION(4), 2, DCT_NUMBER, DCT_GROUP_FLAGS, 0,
     NULL},
    {"clear-wifi", "stored networks are deleted at the next start", APPLICATION(6), 2, DCT_NUMBER, DCT_GROUP_FLAGS, 0,
     clear_wifi},
    {"ota-update", "state of an update in the OTA area", APPLICATION(8), 2, DCT_NUMBER, DCT_GROUP_FLAGS, 0, ota_update},
    {"ota-flashed", "an update has been put in place", APPLICATION(10), 2, DCT_NUMBER, DCT_GROUP_FLAGS, 0, ota_flashed},
    {"factory-reset", "factory reset at the next start", APPLICATION(12), 2, DCT_NUMBER, DCT_GROUP_FLAGS, 0, factory_reset},
    {"watchdog", "watchdog when the bootloader starts the system", APPLICATION(14), 2, DCT_NUMBER, DCT_GROUP_FLAGS, 0,
     watchdog},
    {"dfu-no-firmware", "DFU mode when there is no firmware (nothing reads it)", APPLICATION(16), 1, DCT_NUMBER,
     DCT_GROUP_FLAGS, 0, NULL},
    {"factory-reset-done", "there was a factory reset", APPLICATION(17), 1, DCT_NUMBER, DCT_GROUP_FLAGS, 0, reset_done},
    {"startup-mode", "how the system starts; not 0 before 0.7.0: safe mode", APPLICATION(18), 1, DCT_NUMBER, DCT_GROUP_FLAGS, 0,
     startup_mode},
    {"features", "features of the bootloader", APPLICATION(19), 1, DCT_NUMBER, DCT_GROUP_FLAGS, 0, NULL},
    {"reset-cause", "copy of RCC_CSR at the last start", APPLICATION(20), 4, DCT_NUMBER, DCT_GROUP_FLAGS, 0, NULL},

    {"private-key", "the device's private key", APPLICATION(34), 1216, DCT_KEY, DCT_GROUP_KEYS, 0, NULL},
    {"public-key", "the device's public key", APPLICATION(1250), 384, DCT_KEY, DCT_GROUP_KEYS, 0, NULL},
    {"server-key", "the server's public key", APPLICATION(2082), 384, DCT_KEY, DCT_GROUP_KEYS, 0, NULL},
    {"alt-public-key", "the device's public key for UDP", APPLICATION(2978), 128, DCT_KEY, DCT_GROUP_KEYS, 0, NULL},
    {"alt-private-key", "the device's private key for UDP", APPLICATION(3106), 192, DCT_KEY, DCT_GROUP_KEYS, 0, NULL},
    {"alt-server-key", "the server's public key for UDP", APPLICATION(3298), 192, DCT_KEY, DCT_GROUP_KEYS, 0, NULL},
    {"device-secret", "secret of the mobile set-up", APPLICATION(8119), 15, DCT_TEXT, DCT_GROUP_KEYS, 1500, NULL},

    {"server-address", "IPv4 address or name of the server", APPLICATION(2466), 66, DCT_SERVER, DCT_GROUP_CLOUD, 0, NULL},
    {"server-port", "its port", APPLICATION(2532), 2, DCT_NUMBER_BIG, DCT_GROUP_CLOUD, 0, NULL},
    {"alt-server-address", "the same of the server for UDP", APPLICATION(3490), 66, DCT_SERVER, DCT_GROUP_CLOUD, 0, NULL},
    {"alt-server-port", "its port", APPLICATION(3556), 2, DCT_NUMBER_BIG, DCT_GROUP_CLOUD, 0, NULL},
    {"transport", "how the server is spoken to", APPLICATION(2977), 1, DCT_NUMBER, DCT_GROUP_CLOUD, 0, transport},
    {"claim-code", "code with which the device is claimed", APPLICATION(1762), 63, DCT_TEXT, DCT_GROUP_CLOUD, 0, NULL},
    {"claimed", "the device has an owner", APPLICATION(1825), 1, DCT_NUMBER, DCT_GROUP_CLOUD, 0, claimed},

    {"device-id", "unique id of the chip", APPLICATION(3618), 12, DCT_BYTES, DCT_GROUP_SETUP, 100, NULL},
    {"setup-prefix", "name of the set-up network before the dash", APPLICATION(1826), 26, DCT_COUNTED, DCT_GROUP_SETUP, 0,
     NULL},
    {"setup-suffix", "and behind it", APPLICATION(1852), 6, DCT_TEXT, DCT_GROUP_SETUP, 0, NULL},
    {"product-store", "product id and version", APPLICATION(2952), 24, DCT_BYTES, DCT_GROUP_SETUP, 0, NULL},

    {"wifi", "stored networks, in the order in which they are tried", 0x1A31, 605, DCT_WIFI, DCT_GROUP_WIFI, 0, NULL},
    {"wifi-configured", "networks have been stored", 0x1A30, 1, DCT_NUMBER, DCT_GROUP_WIFI, 0, NULL},
    {"wifi-country", "country that the radio was last told", 0x1D70, 4, DCT_COUNTRY, DCT_GROUP_WIFI, 0, NULL},
    {"mac", "MAC address (the radio's own counts)", 0x1D74, 6, DCT_MAC, DCT_GROUP_WIFI, 0, NULL},
    {"country", "country that the radio is to be told", APPLICATION(1758), 4, DCT_COUNTRY, DCT_GROUP_WIFI, 0, NULL},
    {"antenna", "antenna in use", APPLICATION(2976), 1, DCT_NUMBER, DCT_GROUP_WIFI, 0, antenna},
    {"ip-mode", "where the IP address comes from", APPLICATION(1634), 1, DCT_NUMBER, DCT_GROUP_WIFI, 0, ip_mode},
    {"ip-address", "static IP address", APPLICATION(1638), 4, DCT_IP, DCT_GROUP_WIFI, 0, NULL},
    {"ip-netmask", "its network mask", APPLICATION(1642), 4, DCT_IP, DCT_GROUP_WIFI, 0, NULL},
    {"ip-gateway", "its gateway", APPLICATION(1646), 4, DCT_IP, DCT_GROUP_WIFI, 0, NULL},
    {"ip-dns1", "first name server", APPLICATION(1650), 4, DCT_IP, DCT_GROUP_WIFI, 0, NULL},
    {"ip-dns2", "second name server", APPLICATION(1654), 4, DCT_IP, DCT_GROUP_WIFI, 0, NULL},
    {"radio-flags", "P1: how the radio's sleep clock is set", APPLICATION(3630), 1, DCT_NUMBER, DCT_GROUP_WIFI, 103, NULL},
    {"eap", "WPA Enterprise", APPLICATION(3823), 4296, DCT_BYTES, DCT_GROUP_WIFI, 200, NULL},

    {"update-flag", "the OTA area is looked at, at the next start", APPLICATION(1753), 1, DCT_NUMBER, DCT_GROUP_UPDATE, 1301,
     update_flag},
    {"slot0", "the factory image", APPLICATION(2852), 20, DCT_SLOT, DCT_GROUP_UPDATE, 0, NULL},
    {"slot1", "first pending update", APPLICATION(2872), 20, DCT_SLOT, DCT_GROUP_UPDATE, 0, NULL},
    {"slot2", "second pending update", APPLICATION(2892), 20, DCT_SLOT, DCT_GROUP_UPDATE, 0, NULL},
    {"slot3", "third pending update", APPLICATION(2912), 20, DCT_SLOT, DCT_GROUP_UPDATE, 0, NULL},
    {"slot4", "fourth pending update", APPLICATION(2932), 20, DCT_SLOT, DCT_GROUP_UPDATE, 0, NULL},

    {"version", "version of the application area", APPLICATION(32), 2, DCT_NUMBER, DCT_GROUP_OTHER, 0, NULL},
    {"version-string", "version in words", APPLICATION(1858), 32, DCT_TEXT, DCT_GROUP_OTHER, 0, NULL},
    {"feature-flags", "features of the system; bit 0: the reset reason is kept", APPLICATION(1754), 4, DCT_NUMBER,
     DCT_GROUP_OTHER, 100, NULL},
    {"dns-resolve", "names to be resolved", APPLICATION(1890), 128, DCT_TEXT, DCT_GROUP_OTHER, 0, NULL},
    {"led-theme", "colours and patterns of the LED", APPLICATION(3759), 64, DCT_THEME, DCT_GROUP_OTHER, 103, NULL},
    {"button-mirror", "a pin that acts as the SETUP button", APPLICATION(3631), 32, DCT_BYTES, DCT_GROUP_OTHER, 103, NULL},
    {"led-mirror", "pins that repeat the LED", APPLICATION(3663), 96, DCT_BYTES, DCT_GROUP_OTHER, 103, NULL},
    {"power-config", "power management", APPLICATION(8134), 32, DCT_BYTES, DCT_GROUP_OTHER, 1500, NULL},
};

const char *dct_group_name(enum dct_group group)
{
    static const char *const names[DCT_GROUPS] = {"System flags", "Keys", "Cloud", "Set-up", "Wi-Fi", "Updates", "Other"};
    return names[group];
}

const struct dct_field *dct_field(unsigned index)
{
    return index < G_N_ELEMENTS(fields) ? &fields[index] : NULL;
}

static bool same_name(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++)
        if (*a != *b && !(*a == '_' && *b == '-'))
            return false;
    return *a == *b;
}

const struct dct_field *dct_field_find(const char *name)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(fields); i++)
        if (same_name(name, fields[i].name))
            return &fields[i];
    return NULL;
}

char *dct_field_names(void)
{
    GString *names = g_string_new(NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(fields); i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", fields[i].name);
    return g_string_free(names, FALSE);
}

bool dct_is_unset(const uint8_t *copy, const struct dct_field *field)
{
    for (unsigned i = 0; i < field->size; i++)
        if (copy[field->offset + i] != 0xFF)
            return false;
    return true;
}

uint32_t dct_number(const uint8_t *copy, const struct dct_field *field)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < field->size; i++) {
        unsigned shift = 8 * (field->kind == DCT_NUMBER_BIG ? field->size - 1U - i : i);
        value |= (uint32_t)copy[field->offset + i] << shift;
    }
    return value;
}

/* The first bytes of the application area, without which a record of system flags is none. */
static void make_flags_count(uint8_t *copy, const struct dct_field *field)
{
    static const uint8_t header[] = {0xC0, 0xAC, 0xDE, 0x1A};
    if (field->group == DCT_GROUP_FLAGS && field->offset != DCT_APPLICATION)
        memcpy(copy + DCT_APPLICATION, header, sizeof header);
}

bool dct_set_number(uint8_t *copy, const struct dct_field *field, uint32_t value)
{
    if (field->size < 4 && value >> 8 * field->size != 0)
        return false;
    for (unsigned i = 0; i < field->size; i++) {
        unsigned shift = 8 * (field->kind == DCT_NUMBER_BIG ? field->size - 1U - i : i);
        copy[field->offset + i] = (uint8_t)(value >> shift);
    }
    make_flags_count(copy, field);
    dct_sum(copy);
    return true;
}

bool dct_set_bytes(uint8_t *copy, const struct dct_field *field, const void *bytes, size_t size, GError **error)
{
    if (field->kind == DCT_WIFI) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s takes a network in words, not bytes", field->name);
        return false;
    }
    if (size > field->size) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s has room for %u bytes, not for %zu", field->name,
                    field->size, size);
        return false;
    }
    memset(copy + field->offset, 0xFF, field->size);
    memcpy(copy + field->offset, bytes, size);
    make_flags_count(copy, field);
    dct_sum(copy);
    return true;
}

/* An outer SEQUENCE, with its length in one to three bytes. */
size_t dct_key_size(const uint8_t *copy, const struct dct_field *field)
{
    const uint8_t *key = copy + field->offset;
    if (key[0] != 0x30)
        return 0;
    size_t size = key[1] < 0x80 ? 2U + key[1] : key[1] == 0x81 ? 3U + key[2] : key[1] == 0x82 ? 4U + (key[2] << 8 | key[3]) : 0;
    return size <= field->size ? size : 0;
}

/* What the system looks at: the first byte. */
bool dct_has_keys(const uint8_t *copy)
{
    return copy[dct_field_find("private-key")->offset] != 0xFF;
}
