/* SPDX-License-Identifier: GPL-2.0-only */
/* The sender that is a file, or a FIFO. See sender.h for what these return. */
#ifndef SYNSCOPE_EXPORT_FILE_H
#define SYNSCOPE_EXPORT_FILE_H

#include "export/sender.h"

/*
 * Open the file to append to it, made with mode 0640. As root nobody must be able to lead this elsewhere: no symbolic
 * link, no second name of another file, and no file of another user is opened.
 */
int file_open(struct sender *sender);

/* Write whole messages: what has been written of one that fails is cut off again, if the file is a regular one. */
int file_write(struct sender *sender, const char *message, size_t bytes);

/*
 * If it is time, give the file another name, PATH.20261127T014500Z, and begin another one. If it cannot be renamed,
 * the file that is open stays open, and is not rotated again. Another one that cannot be begun is opened by
 * sender_open() later.
 */
int file_rotate(struct sender *sender);

#endif
