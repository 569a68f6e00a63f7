/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A directory that this user alone decides on, found by a path of which others may have made a part: root may be lured
 * to a directory of somebody else's choice by a symbolic link. So a link is followed only if it is this user's or
 * root's, and lies where nobody else could have put another one in its place.
 */
#ifndef SYNSCOPE_BASE_OWN_DIRECTORY_H
#define SYNSCOPE_BASE_OWN_DIRECTORY_H

#include <stdbool.h>

#include "base/reason.h"

/*
 * Open it. `path` is absolute. With `make`, directories that are missing are made, for this user alone. Returns an fd,
 * or a negative errno with the reason in *why: -EPERM if it is refused, -ENOENT if it is not there.
 */
int own_directory_open(const char *path, bool make, struct reason *why);

#endif
