/* SPDX-License-Identifier: GPL-2.0-only */
/* What the keys of `top` do. */
#ifndef SYNSCOPE_TOP_KEYS_H
#define SYNSCOPE_TOP_KEYS_H

#include "base/key.h"
#include "top/state.h"

/* Change the view as the key says. `key`: a character or an enum top_key. */
enum top_effect top_view_key(struct top_view *view, int key);

#endif
