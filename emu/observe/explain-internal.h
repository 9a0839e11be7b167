/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How explanations come about:
 *   explain.c          events -> struct boot, the observations of one start
 *   explain-sos.c      the LED's SOS
 *   explain-boot.c     what a start did: flash, settings and flags before and after
 *   explain-loader.c, explain-system.c, explain-fault.c, explain-network.c    sentences about it
 *   explain-text.c     chapters of sentences -> text; repetitions
 */
#ifndef EMU_OBSERVE_EXPLAIN_INTERNAL_H
#define EMU_OBSERVE_EXPLAIN_INTERNAL_H

#include "boards/board.h"
#include "emu/observe/explain.h"
#include "images/verdict.h"

enum { BACKUP_REGISTERS = 20, MODULE_FACTORY_SLOT = 0 };

/* Values of DR1 and of flags: images/forecast.c. */
enum { HEALTH_SYSTEM = 4, HEALTH_MAIN = 5, HEALTH_SETUP = 7, HEALTH_LOOP = 8, HEALTH_RAN_LOOP = 9, HEALTH_LAST = 10 };
enum { REQUEST_DFU = 0xEDFA, REQUEST_SAFE_MODE = 0x5AFE, FACTORY_ASKED = 0xAAAA, WATCHDOG_ASKED = 0xD001, UPDATE_FLAG = 0xA5 };

/* How long SETUP has to be held from the start on (bootloader/src/main.c), in milliseconds. */
enum { HELD_SAFE = 1000, HELD_DFU = 3000, HELD_FACTORY = 6500, HELD_CLEAR = 10000 };

/* ---- verdicts at a moment ---- */

/* In a g_rc_box, since flash often stays the same. */
struct judgement {
    struct verdict_facts facts; /* with the requests of flags and slots; DR1 and buttons are not kept up */
    struct verdicts *verdicts;
    unsigned networks; /* stored ones */
    bool keys;
};

/* ---- one start ---- */

enum boot_start { START_POWER, START_BUTTON, START_SOFTWARE, START_WATCHDOG, START_LOCKUP, START_STANDBY };

struct sector_work {
    unsigned erases;
    bool cut;       /* an operation was cut short */
    uint64_t bytes; /* programmed */
    uint32_t low, high;
    ticks_t first, last;
};

struct fault {
    ticks_t when;
    char type[16], cause[16];
    uint32_t pc, address;
    bool has_address;
};

/* Looking for one network. */
struct joining {
    char *ssid;
    unsigned tries, failures;
    char *reason; /* of the last failure */
    ticks_t first, last_failure, joined;
    bool left;
};

struct radio {
    GPtrArray *joining; /* struct joining * */
    ticks_t softap;
    char *softap_ssid;
    unsigned dhcp; /* requests sent */
    ticks_t first_dhcp, lease;
    char *address;
    ticks_t unreachable;
    char *what; /* "the name device.spark.io is not known" */
    bool on;
};

/* Red flashes: emu/observe/explain-sos.c */
struct sos {
    bool lit;
    ticks_t since;
    unsigned matched; /* of the nine of SOS */
    bool counting;
    unsigned blinks;
    ticks_t begun; /* what may become one */
    unsigned code; /* of the last complete one */
    bool seen;
    ticks_t first; /* if seen: when the first began */
};

struct boot {
    enum boot_start start;
    ticks_t begun, runs_from; /* the latter when RESET was let go */
    ticks_t ended;            /* TICKS_NEVER: it goes on */
    bool power_off;           /* ... by the power */
    char *reset;              /* ... by a reset of this cause */
    enum boot_start next;     /* how the next one starts */

    /* what there was when it began */
    struct judgement *before;
    uint16_t request; /* DR1 */
    enum module_reason slot_reason[MODULE_SLOTS];
    char *slot_text[MODULE_SLOTS];
    uint32_t slot_size[MODULE_SLOTS];

    /* when the system looked at the user module */
    struct judgement *then;     /* NULL: not yet */
    struct judgement *at_white; /* when the LED was first lit white */

    /* what was seen */
    bool setup_at_start, setup_still_held;
    ticks_t setup_until;
    ticks_t hold_from, hold_until; /* the last longer hold in the running system */
    ticks_t system;                /* first sign of the system; TICKS_NEVER: none */
    ticks_t white;                 /* the LED was lit white */
    ticks_t main;                  /* the system is past the user module's first functions: DR1 5 or more, ... */
    ticks_t healthy;               /* DR1 0xFFFF by the system */
    unsigned health;               /* the highest stage in DR1 */
    ticks_t user_code, user_loop;
    ticks_t usb;
    ticks_t system_usb; /* something went on behind it */
    uint32_t watchdog_ms;
    struct sector_work sector[BOARD_SECTORS];
    ticks_t cut;
    char *cut_text;
    bool cut_matters; /* no copy of the settings, of which there is another */
    GArray *faults;   /* struct fault */
    ticks_t locked_up;
    uint32_t locked_up_pc;
    struct sos sos;
    struct radio radio;
    char *led;
    unsigned networks_listening; /* stored ones, when it went into listening mode */
    ticks_t led_since, listening, cloud, safe_in_cloud;
    char *stuck;
    ticks_t stuck_when;
    ticks_t radio_wanted; /* WL_REG_ON was driven high */
    uint32_t reason;      /* DR2 as the system set it; 0: it did not */

    /* what came of it: explain_conclude */
    struct judgement *after;
    bool keys_made, wifi_cleared, bootloader_replaced, watchdog_undone;
    bool request_stays; /* for a factory reset that has been done */
    bool dfu;
    bool slot_copied[MODULE_SLOTS], slot_torn[MODULE_SLOTS], slot_dropped[MODULE_SLOTS], slot_ignored[MODULE_SLOTS];
    bool factory_wanted, factory_copied, factory_torn, factory_refused;
    bool factory_asked; /* by the system */
    bool update_accepted, update_refused;
    bool factory_lost; /* ... by what was received */
    enum explain_user user;
    bool user_known; /* it got that far */
    unsigned contradictions;
};

/* ---- sentences ---- */

enum weight {
    WEIGHT_DETAIL,    /* in the long form only */
    WEIGHT_NORMAL,    /* in the short one if there is room */
    WEIGHT_IMPORTANT, /* rather than those */
    WEIGHT_MAIN,
    WEIGHT_HEADLINE, /* before all */
};

struct note {
    ticks_t when;
    enum weight weight;
    char *text;
    char *cure; /* may be NULL */
};

/* The sentences of one start. */
struct chapter {
    ticks_t begun, ended;
    GPtrArray *notes; /* struct note * */
    char *signature;  /* all that does not depend on time */
    bool by_itself;   /* it ended by a reset that nobody outside made */
    bool power_off;   /* ... by the power */
};

/* Both texts become the note's; printf-like for a text, whose cure is put in afterwards. */
struct note *note_add(GPtrArray *notes, ticks_t when, enum weight weight, char *text, char *cure);
struct note *note_say(GPtrArray *notes, ticks_t when, enum weight weight, const char *format, ...) G_GNUC_PRINTF(4, 5);

/* ---- all ---- */

enum { CHAPTERS_KEPT = 64 }; /* at the begin, and at the end */

struct explain {
    uint16_t platform;
    const char *radio_pad; /* of WL_REG_ON; NULL: the board is not known */
    bool battery;
    uint8_t *flash;
    uint32_t backup[BACKUP_REGISTERS];
    struct machine *machine;     /* attached to; NULL: none */
    struct judgement *judgement; /* of the present contents; NULL: they have changed */

    ticks_t now;
    bool operates; /* a flash operation is under way, of which the rest is known */
    bool erases;
    uint32_t operates_at;
    bool setup_pressed;
    ticks_t setup_since;
    bool powered, lost_backup;
    struct boot *boot;   /* NULL: no power yet */
    GPtrArray *chapters; /* struct chapter * of starts that have ended */
    unsigned dropped;    /* chapters behind the first CHAPTERS_KEPT that are not kept */
    struct explain_verdict total;
};

/* explain.c */
struct judgement *explain_judge(struct explain *e);  /* of the present contents; a reference of the caller's */
void judgement_release(struct judgement *judgement); /* NULL is allowed */

/* explain-sos.c */
void sos_light(struct sos *sos, ticks_t when, bool red, bool dark);

/* explain-boot.c */
/* Flash was found to be other than when the start began: what was looked at then is looked at again. */
void boot_look_again(struct explain *e, struct boot *b);
struct boot *boot_new(struct explain *e, enum boot_start start);
void boot_free(struct boot *b);
/* What came of it up to now; may be called again. */
void explain_conclude(struct explain *e, struct boot *b);
unsigned boot_held_ms(const struct explain *e, const struct boot *b); /* SETUP, from the start on */
/* A sector of a system part is erased; then != NULL. */
bool part_has_hole(const struct boot *b);
/* Is it at an address of a place of modules? "system part 2"; NULL: no. */
const char *place_of_address(uint32_t address);

/* sentences; all of a start that was concluded */
void note_start(const struct explain *e, const struct boot *b, GPtrArray *notes);
void note_loader(const struct explain *e, const struct boot *b, GPtrArray *notes);
void note_system(const struct explain *e, const struct boot *b, GPtrArray *notes);
void note_user(const struct explain *e, const struct boot *b, GPtrArray *notes);
void note_end(const struct explain *e, const struct boot *b, GPtrArray *notes);
void note_faults(const struct explain *e, const struct boot *b, GPtrArray *notes);
void note_network(const struct explain *e, const struct boot *b, GPtrArray *notes);

/* explain-text.c */
struct chapter *chapter_new(const struct explain *e, const struct boot *b);
void chapter_free(void *chapter);
bool explain_repeats(const struct explain *e); /* do its starts end in a repetition? */

#endif
