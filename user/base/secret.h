/* SPDX-License-Identifier: GPL-2.0-only */
/* Files with secrets, which nobody but their owner may read or write. */
#ifndef SYNSCOPE_BASE_SECRET_H
#define SYNSCOPE_BASE_SECRET_H

#include <stddef.h>

/*
 * Read at most size - 1 bytes of the file, as a text that ends with a NUL. `what` is what messages call it: "token
 * file". Returns the bytes, or a negative errno (logged): also if others may read or write it.
 */
int secret_read(const char *file, const char *what, char *text, size_t size);

#endif
