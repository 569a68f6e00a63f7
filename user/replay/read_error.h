/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a capture could not be read, in words: shared by the readers of both formats. */
#ifndef SYNSCOPE_REPLAY_READ_ERROR_H
#define SYNSCOPE_REPLAY_READ_ERROR_H

#include <linux/types.h>

#include "base/reason.h"

/* The file is damaged, in the way that the text says. Returns -EBADMSG. */
int read_damaged(struct reason *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The system refused something, so the file is not at fault. Returns `err`. */
int read_failed(struct reason *reason, int err);

/* Make a buffer of *room bytes at least as large as `bytes`. Returns 0 or -ENOMEM. */
int read_make_room(struct reason *reason, __u8 **buffer, __u32 *room, __u32 bytes);

#endif
