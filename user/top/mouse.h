/* SPDX-License-Identifier: GPL-2.0-only */
/* What the mouse does in `top`. */
#ifndef SYNSCOPE_TOP_MOUSE_H
#define SYNSCOPE_TOP_MOUSE_H

#include "top/state.h"

/* TOP_KEY_CLICK, TOP_KEY_WHEEL_UP or TOP_KEY_WHEEL_DOWN, at that place of the screen. */
enum top_effect top_view_mouse(struct top_view *view, int key, int line, int column);

#endif
