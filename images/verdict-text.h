/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sentences of verdicts: from outcome, reason and what was read, never from a name of a set or a scenario. */
#ifndef IMAGES_VERDICT_TEXT_H
#define IMAGES_VERDICT_TEXT_H

#include "images/verdict.h"

/* Fill in cause, effect and cure of a place. All places must have been judged. */
void verdict_describe(struct verdicts *verdicts, enum module_place place, const struct verdict_facts *facts);

/* "needs system part 2 version 108; version 17 is installed", of a dependency that is looked at and not met. */
char *verdict_need_string(const struct verdict_dependency *dependency);
/* "Flash system 0.6.2 or newer", "Flash a newer bootloader (version 400 of release 1.3.1, or newer)". */
char *verdict_cure_need(const struct verdict_dependency *dependency);

#endif
