/* SPDX-License-Identifier: GPL-2.0-only */
/* What a writer deletes of its history, so that it is no older and no larger than it may be. */
#ifndef SYNSCOPE_HISTORY_KEEP_H
#define SYNSCOPE_HISTORY_KEEP_H

#include <stddef.h>

#include "history/writer.h"

/* How many flows may be written at once, so that the files become no larger than they may. */
size_t history_keep_batch(const struct history_writer *writer);

/*
 * Delete what is not kept. To be called often: most calls do nothing. Returns 0 or a negative errno, with the reason in
 * *why.
 */
int history_keep_tidy(struct history_writer *writer, struct reason *why);

#endif
