/* SPDX-License-Identifier: GPL-2.0-only */
/* The files of the page, which are in the program, compressed. */
#ifndef SYNSCOPE_SERVE_PAGE_H
#define SYNSCOPE_SERVE_PAGE_H

#include "serve/body.h"

/* The file under a path ("/" is index.html), which the caller releases, or NULL: there is none, or no memory. */
struct body *page_file(struct bodies *bodies, const char *path);

#endif
