/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sources: the Device OS repository; each threshold names the commit and the first release that has it. Releases and their
 * versions: its system/system-versions.md, those for Photon and P1.
 */
#include "images/rules.h"

#include <glib.h>
#include <string.h>

enum {
    BOOTLOADER_0_4_5 = 4,
    BOOTLOADER_0_4_6 = 5,
    BOOTLOADER_0_7_0 = 100,  /* 0.7.0-rc.1 */
    BOOTLOADER_1_1_0 = 300,  /* 1.1.0-rc.1 */
    BOOTLOADER_2_0_0 = 1003, /* 2.0.0-rc.2 */
    SYSTEM_0_6_0 = 100,      /* 0.6.0-rc.1 */
    SYSTEM_0_7_0 = 200,      /* 0.7.0-rc.1 */
    SYSTEM_2_0_0 = 2002,     /* 2.0.0-alpha.3 */
    SYSTEM_1_3_0 = 1301,     /* 1.3.0-rc.1 */
    SYSTEM_2_1_0 = 2100,     /* 2.1.0-rc.1 */
};

struct bootloader_rules bootloader_rules(uint16_t version)
{
    return (struct bootloader_rules){
        .version = version,
        .tests_factory_image = version >= BOOTLOADER_0_4_5,    /* 20c3fa61d, 0.4.5-rc.1 */
        .takes_safe_mode = version >= BOOTLOADER_0_4_6,        /* e4ded7261, 0.4.6 */
        .flags_in_backup = version >= BOOTLOADER_0_7_0,        /* 0411f1e70, 0.7.0-rc.1 */
        .borrows_dct_code = version >= BOOTLOADER_0_7_0,       /* 6250d74c4, 0.7.0-rc.1 */
        .spares_old_system_iwdg = version >= BOOTLOADER_0_7_0, /* 4d190d02b, 0.7.0-rc.1 */
        /* 42ac97112, 0.7.0-rc.1; taken back by dd57f0345, 2.0.0-rc.2 */
        .clears_slots_first = version >= BOOTLOADER_0_7_0 && version < BOOTLOADER_2_0_0,
        .clears_wifi_alone = version >= BOOTLOADER_1_1_0, /* 7910df322; the first release for the Photon is 1.1.0-rc.1 */
    };
}

struct system_rules system_rules(uint16_t version)
{
    return (struct system_rules){
        .version = version,
        .keeps_others_satisfied = version >= SYSTEM_0_6_0, /* 08ca86b4b, 0.6.0-rc.1 */
        .flags_in_backup = version >= SYSTEM_0_7_0,        /* 0411f1e70, 0.7.0-rc.1 */
        .checks_modules = version >= SYSTEM_0_7_0,         /* 9399a054b, 0.7.0-rc.1 */
        .startup_ff_is_normal = version >= SYSTEM_0_7_0,   /* 2dbba1828, 0.7.0-rc.1 */
        .second_dependency = version >= SYSTEM_0_7_0,      /* bd8dd8214, 0.7.0-rc.1 */
        .has_update_flag = version >= SYSTEM_1_3_0,        /* aa9484e57, 1.3.0-rc.1 */
        /* 6b650aa7a, 2.0.0-alpha.3, and seen of 2.3.1 over 1.5.0. Of 1.5.0 over 0.5.2 it was seen, too; that the change came
           with 0.7.0, as most did, is a guess. */
        .least_part1 = version >= SYSTEM_2_0_0   ? SYSTEM_2_0_0
                       : version >= SYSTEM_0_7_0 ? SYSTEM_0_7_0
                                                 : 0,
        .refuses_unknown = version >= SYSTEM_2_1_0, /* 2092da9f4, 2.1.0-rc.1 */
    };
}

struct release {
    unsigned version;
    const char *name;
};

/* Two release candidates with one version: the later of them, or the release itself. */
static const struct release systems[] = {
    {0, "0.4.0"},
    {1, "0.4.1"},
    {2, "0.4.2"},
    {3, "0.4.3"},
    {4, "0.4.4-rc.6"},
    {5, "0.4.4"},
    {6, "0.4.5"},
    {7, "0.4.6"},
    {8, "0.4.7"},
    {9, "0.4.8-rc.1"},
    {10, "0.4.8-rc.6"},
    {11, "0.4.9"},
    {12, "0.5.0-rc.1"},
    {13, "0.5.0"},
    {14, "0.5.1-rc.1"},
    {15, "0.5.1"},
    {16, "0.5.2-rc.1"},
    {17, "0.5.2"},
    {18, "0.5.3-rc.1"},
    {19, "0.5.3-rc.2"},
    {20, "0.5.3-rc.3"},
    {21, "0.5.3"},
    {22, "0.5.4"},
    {23, "0.5.5"},
    {100, "0.6.0-rc.1"},
    {101, "0.6.0-rc.2"},
    {102, "0.6.0"},
    {103, "0.6.1-rc.1"},
    {104, "0.6.1-rc.2"},
    {105, "0.6.1"},
    {106, "0.6.2-rc.1"},
    {107, "0.6.2-rc.2"},
    {108, "0.6.2"},
    {109, "0.6.3"},
    {200, "0.7.0-rc.1"},
    {201, "0.7.0-rc.2"},
    {202, "0.7.0-rc.3"},
    {203, "0.7.0-rc.4"},
    {204, "0.7.0-rc.5"},
    {205, "0.7.0-rc.6"},
    {206, "0.7.0-rc.7"},
    {207, "0.7.0"},
    {300, "0.8.0-rc.1"},
    {301, "0.8.0-rc.2"},
    {302, "0.8.0-rc.3"},
    {303, "0.8.0-rc.4"},
    {304, "0.8.0-rc.5"},
    {305, "0.8.0-rc.6"},
    {306, "0.8.0-rc.7"},
    {307, "0.8.0-rc.8"},
    {308, "0.8.0-rc.9"},
    {309, "0.8.0-rc.10"},
    {310, "0.8.0-rc.11"},
    {311, "0.8.0-rc.12"},
    {312, "0.8.0-rc.14"},
    {1000, "1.0.0"},
    {1001, "1.0.1-rc.1"},
    {1002, "1.0.1"},
    {1100, "1.1.0-rc.1"},
    {1101, "1.1.0-rc.2"},
    {1102, "1.1.0"},
    {1200, "1.2.0-alpha.1"},
    {1201, "1.2.0-beta.1"},
    {1202, "1.2.0-rc.1"},
    {1210, "1.2.1-rc.1"},
    {1211, "1.2.1-rc.2"},
    {1212, "1.2.1-rc.3"},
    {1213, "1.2.1"},
    {1300, "1.3.0-alpha.1"},
    {1301, "1.3.0-rc.1"},
    {1320, "1.3.1-rc.1"},
    {1321, "1.3.1"},
    {1400, "1.4.0-rc.1"},
    {1401, "1.4.0"},
    {1402, "1.4.1-rc.1"},
    {1403, "1.4.1"},
    {1404, "1.4.2"},
    {1405, "1.4.3"},
    {1406, "1.4.4"},
    {1500, "1.5.0-rc.1"},
    {1501, "1.5.0-rc.2"},
    {1502, "1.5.0"},
    {1510, "1.5.1-rc.1"},
    {1511, "1.5.1"},
    {1512, "1.5.2"},
    {1514, "1.5.4-rc.1"},
    {1515, "1.5.4-rc.2"},
    {2000, "2.0.0-alpha.1"},
    {2001, "2.0.0-alpha.2"},
    {2002, "2.0.0-alpha.3"},
    {2003, "2.0.0-alpha.4"},
    {2004, "2.0.0-rc.1"},
    {2005, "2.0.0-rc.2"},
    {2006, "2.0.0-rc.3"},
    {2007, "2.0.0-rc.4"},
    {2008, "2.0.0"},
    {2009, "2.0.1-alpha.1"},
    {2010, "2.0.1-alpha.2"},
    {2011, "2.0.1"},
    {2100, "2.1.0-rc.1"},
    {2101, "2.1.0"},
    {2200, "2.2.0-rc.1"},
    {2201, "2.2.0-rc.2"},
    {2202, "2.2.0"},
    {2300, "2.3.0-rc.1"},
    {2301, "2.3.0"},
    {2302, "2.3.1"},
    {3000, "3.0.0-alpha.1"},
    {3001, "3.0.0-alpha.2"},
    {3002, "3.0.0-beta.1"},
    {3003, "3.0.0-rc.1"},
    {3004, "3.0.0-rc.2"},
    {3005, "3.0.0"},
    {3100, "3.1.0-alpha.1"},
    {3101, "3.1.0-alpha.2"},
    {3102, "3.1.0-rc.1"},
    {3103, "3.1.0"},
    {3200, "3.2.0-rc.1"},
    {3201, "3.2.0"},
    {3300, "3.3.0-rc.1"},
    {3301, "3.3.0"},
    {3302, "3.3.1"},
};

/* The first release with a bootloader of that version; a pre-release where no other has it. */
static const struct release bootloaders[] = {
    {2, "0.4.1"},
    {4, "0.4.5"},
    {5, "0.4.6"},
    {7, "0.4.9"},
    {8, "0.6.0"},
    {9, "0.6.1-rc.1"},
    {11, "0.6.1"},
    {100, "0.7.0-rc.1"},
    {101, "0.7.0"},
    {200, "0.8.0-rc.1"},
    {201, "1.0.0"},
    {300, "1.1.0-rc.1"},
    {301, "1.1.0"},
    {302, "1.2.0-rc.1"},
    {310, "1.2.1-rc.1"},
    {311, "1.2.1"},
    {400, "1.3.1-rc.1"},
    {401, "1.3.1"},
    {500, "1.4.0"},
    {501, "1.4.2"},
    {502, "1.5.2"},
    {1000, "2.0.0-alpha.1"},
    {1001, "2.0.0-alpha.3"},
    {1002, "2.0.0-alpha.4"},
    {1003, "2.0.0"},
    {1004, "2.0.1-alpha.1"},
    {1005, "2.0.1"},
    {1006, "2.2.0"},
    {1100, "3.1.0"},
};

static const char *find(const struct release *releases, unsigned n, unsigned version)
{
    for (unsigned i = 0; i < n; i++)
        if (releases[i].version == version)
            return releases[i].name;
    return NULL;
}

/* A pre-release only if nothing else will do. */
static const char *find_since(const struct release *releases, unsigned n, unsigned version)
{
    const char *found = NULL;
    for (unsigned i = 0; i < n; i++) {
        if (releases[i].version < version)
            continue;
        if (strchr(releases[i].name, '-') == NULL)
            return releases[i].name;
        if (found == NULL)
            found = releases[i].name;
    }
    return found;
}

const char *system_release(unsigned version)
{
    return find(systems, G_N_ELEMENTS(systems), version);
}

const char *system_release_since(unsigned version)
{
    return find_since(systems, G_N_ELEMENTS(systems), version);
}

const char *bootloader_release(unsigned version)
{
    return find(bootloaders, G_N_ELEMENTS(bootloaders), version);
}

const char *bootloader_release_since(unsigned version)
{
    return find_since(bootloaders, G_N_ELEMENTS(bootloaders), version);
}
