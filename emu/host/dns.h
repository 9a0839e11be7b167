/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A name server with a table (RFC 1035): it asks nobody, so that it can answer at once. */
#ifndef EMU_HOST_DNS_H
#define EMU_HOST_DNS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Names with their addresses; case does not matter. */
struct dns_table;

struct dns_table *dns_table_new(void);
void dns_table_free(struct dns_table *t);
/* Replaces what was there for that name. False: no name that DNS can carry (labels of 1 to 63 letters, digits, hyphens and
   underscores, 253 characters in all). */
bool dns_table_set(struct dns_table *t, const char *name, uint32_t address);

enum { DNS_MAX = 512 };

struct dns_answer {
    uint8_t message[DNS_MAX];
    size_t length;  /* 0: nothing that can be answered */
    char name[256]; /* that was asked for; "" if that cannot be told */
    bool found;     /* it has an address (even if the question was for something else) */
    uint32_t address;
};

/* The answer to a query message. wrong: whatever name is asked for has this address; 0: as the table says. */
void dns_answer(const struct dns_table *t, const uint8_t *query, size_t length, uint32_t wrong, struct dns_answer *answer);

#endif
