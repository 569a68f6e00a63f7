/* SPDX-License-Identifier: GPL-2.0-only */
/* http:// and https:// as destinations. */
#ifndef SYNSCOPE_EXPORT_URL_H
#define SYNSCOPE_EXPORT_URL_H

#include "export/address.h"

#define URL_MAX 2048

/* Room for the URL after url_encode(), with its NUL. */
#define URL_SIZE (3 * URL_MAX + 1)

/* Take host, port and shown name from `address->text`. Returns NULL, or what is wrong with it. */
const char *url_parse(struct address *address);

/*
 * The URL as it is sent: what may not stand in one, as the spaces of an SQL query, is percent-encoded, and all else
 * stays as the user wrote it. `out` has room for URL_SIZE.
 */
void url_encode(const char *text, char *out);

#endif
