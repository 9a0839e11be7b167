/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a user module calls of the system.
 *
 * System part 2 exports its functions through tables: at 0x0806019C lies an array of pointers to one table a library, and each
 * table is an array of function pointers. New functions are only ever appended, so an index holds for all later versions. Those
 * below are there since system 0.5.2; tests/apps calls each of them on every image set. Names are those of the Wiring language.
 */
#ifndef IMAGES_APPS_PHOTON_H
#define IMAGES_APPS_PHOTON_H

#include <stdbool.h>
#include <stdint.h>

/* ---- what an app defines ---- */

/* Which of the system's modes the app runs in. Automatic: setup and loop run once the cloud is connected. Manual: they run as
   soon as the radio is up, and the network is touched only if the app asks for it. */
enum system_mode { AUTOMATIC = 1, SEMI_AUTOMATIC = 2, MANUAL = 3 };
extern const enum system_mode app_system_mode;
#define SYSTEM_MODE(MODE) const enum system_mode app_system_mode = MODE

void startup(void); /* once, before the radio and the network; may be left out */
void setup(void);   /* once */
void loop(void);    /* again and again */

/* ---- the tables ---- */

enum library {
    LIBRARY_HAL = 0,
    LIBRARY_RT = 1,
    LIBRARY_SYSTEM = 2,
    LIBRARY_GPIO = 5,
    LIBRARY_CORE = 7,
    LIBRARY_WLAN = 9,
    LIBRARY_USART = 10,
    LIBRARY_NETWORK = 11,
};

/* EXPORT(LIBRARY_HAL, 5, uint32_t, void)() calls a function of that index and type. */
#define EXPORT(LIBRARY, INDEX, RESULT, ...) ((RESULT(*)(__VA_ARGS__))((void *const *const *)0x0806019C)[LIBRARY][INDEX])

/* ---- the system ---- */

static inline enum system_mode system_mode(void)
{
    return EXPORT(LIBRARY_SYSTEM, 0, enum system_mode, void)();
}

static inline void set_system_mode(enum system_mode mode)
{
    EXPORT(LIBRARY_SYSTEM, 1, void, enum system_mode)(mode);
}

/* A number such as 0x01050000 for 1.5.0, and the name in text. */
struct system_version {
    uint16_t size; /* of this structure */
    uint16_t reserved;
    uint32_t number;
    char text[20];
};

static inline void system_version(struct system_version *version)
{
    version->size = sizeof *version;
    EXPORT(LIBRARY_SYSTEM, 12, int, struct system_version *, void *)(version, 0);
}

/* The device id: 12 bytes. */
static inline unsigned device_id(uint8_t *id, unsigned size)
{
    return EXPORT(LIBRARY_CORE, 13, unsigned, uint8_t *, unsigned)(id, size);
}

/* Let the backup SRAM keep its contents as long as the backup domain has power; from startup. */
static inline void retain_backup_ram(void)
{
    enum { FEATURE_RETAINED_MEMORY = 1 };
    EXPORT(LIBRARY_CORE, 25, int, uint8_t, bool)(FEATURE_RETAINED_MEMORY, true);
}

/* ---- time and chance ---- */

/* In milliseconds; the system does its own work meanwhile. Not in startup. */
static inline void delay(unsigned long ms)
{
    EXPORT(LIBRARY_SYSTEM, 5, void, unsigned long, bool)(ms, false);
}

static inline void delayMicroseconds(uint32_t us)
{
    EXPORT(LIBRARY_HAL, 3, void, uint32_t)(us);
}

static inline uint32_t micros(void)
{
    return EXPORT(LIBRARY_HAL, 4, uint32_t, void)();
}

static inline uint32_t millis(void)
{
    return EXPORT(LIBRARY_HAL, 5, uint32_t, void)();
}

/* 32 bits of the hardware's random number generator. */
static inline uint32_t random_number(void)
{
    return EXPORT(LIBRARY_HAL, 1, uint32_t, void)();
}

/* ---- pins ---- */

enum pin {
    D0,
    D1,
    D2,
    D3,
    D4,
    D5,
    D6,
    D7, /* with the small blue LED */
    A0 = 10,
    A1,
    A2,
    A3,
    A4,
    A5,
    A6,
    A7,
    RX,
    TX,
};

enum pin_mode { INPUT, OUTPUT, INPUT_PULLUP, INPUT_PULLDOWN };
enum { LOW, HIGH };

static inline void pinMode(uint16_t pin, enum pin_mode mode)
{
    EXPORT(LIBRARY_GPIO, 2, void, uint16_t, enum pin_mode)(pin, mode);
}

static inline void digitalWrite(uint16_t pin, uint8_t value)
{
    EXPORT(LIBRARY_GPIO, 4, void, uint16_t, uint8_t)(pin, value);
}

static inline int32_t digitalRead(uint16_t pin)
{
    return EXPORT(LIBRARY_GPIO, 5, int32_t, uint16_t)(pin);
}

/* 0 to 4095 for 0 to 3.3 V. */
static inline int32_t analogRead(uint16_t pin)
{
    return EXPORT(LIBRARY_GPIO, 12, int32_t, uint16_t)(pin);
}

/* A wave with a duty cycle of value/255, at 500 Hz. */
static inline void analogWrite(uint16_t pin, uint8_t value)
{
    EXPORT(LIBRARY_GPIO, 13, void, uint16_t, uint8_t)(pin, value);
}

/* ---- EEPROM, emulated in flash sectors 3 and 4 ---- */

static inline void eeprom_begin(void)
{
    EXPORT(LIBRARY_HAL, 10, void, void)();
}

static inline uint8_t eeprom_read(uint32_t index)
{
    return EXPORT(LIBRARY_HAL, 11, uint8_t, uint32_t)(index);
}

static inline void eeprom_write(uint32_t index, uint8_t value)
{
    EXPORT(LIBRARY_HAL, 12, void, uint32_t, uint8_t)(index, value);
}

static inline uint32_t eeprom_length(void)
{
    return EXPORT(LIBRARY_HAL, 13, uint32_t, void)();
}

/* ---- Wi-Fi ---- */

enum wifi_security { SECURITY_NONE, SECURITY_WEP, SECURITY_WPA, SECURITY_WPA2, SECURITY_UNKNOWN = 0xFF };
enum wifi_cipher { CIPHER_NONE, CIPHER_AES, CIPHER_TKIP, CIPHER_EITHER };

static inline void wifi_on(void)
{
    EXPORT(LIBRARY_NETWORK, 5, void, uint32_t, uint32_t, uint32_t, void *)(0, 0, 0, 0);
}

static inline void wifi_connect(void)
{
    EXPORT(LIBRARY_NETWORK, 1, void, uint32_t, uint32_t, uint32_t, void *)(0, 0, 0, 0);
}

/* Is there an address? */
static inline bool wifi_ready(void)
{
    return EXPORT(LIBRARY_NETWORK, 4, bool, uint32_t, uint32_t, void *)(0, 0, 0);
}

static inline bool wifi_has_credentials(void)
{
    return EXPORT(LIBRARY_NETWORK, 9, bool, uint32_t, uint32_t, void *)(0, 0, 0);
}

/* Remember a network; below zero on an error. Wi-Fi must be on. */
static inline int wifi_set_credentials(const char *ssid, const char *key, enum wifi_security security, enum wifi_cipher cipher)
{
    uint32_t ssid_length = 0, key_length = 0;
    while (ssid[ssid_length] != '\0')
        ssid_length++;
    while (key[key_length] != '\0')
        key_length++;
    struct {
        uint32_t size; /* of this structure */
        const char *ssid;
        uint32_t ssid_length;
        const char *key;
        uint32_t key_length;
        uint8_t security, cipher;
        uint32_t channel; /* 0: any */
        uint32_t flags;
    } credentials = {sizeof credentials, ssid, ssid_length, key, key_length, security, cipher, 0, 0};
    return EXPORT(LIBRARY_NETWORK, 10, int, uint32_t, uint32_t, void *, void *)(0, 0, &credentials, 0);
}

struct wifi_network {
    uint32_t size; /* of this structure */
    char ssid[33];
    uint8_t ssid_length;
    uint8_t bssid[6];
    uint8_t security; /* enum wifi_security */
    uint8_t cipher;   /* enum wifi_cipher */
    uint8_t channel;
    int32_t max_data_rate; /* bits/s */
    int32_t rssi;          /* dBm */
};

/* Calls found once for each network; below zero on an error. The radio must be on. */
static inline int wifi_scan(void (*found)(struct wifi_network *network, void *data), void *data)
{
    return EXPORT(LIBRARY_WLAN, 23, int, void (*)(struct wifi_network *, void *), void *)(found, data);
}

/* ---- Serial1: USART1 on the pins TX and RX (serial1.c) ---- */

void serial1_begin(uint32_t baud);
void serial1_write(uint8_t byte);
/* Wait until everything has been sent. */
void serial1_flush(void);
int serial1_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
