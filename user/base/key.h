/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys that are not characters, and a few that are. */
#ifndef SYNSCOPE_BASE_KEY_H
#define SYNSCOPE_BASE_KEY_H

enum top_key {
	TOP_KEY_NONE = -1,
	TOP_KEY_TAB = '\t',
	TOP_KEY_REDRAW = 12, /* Ctrl-L */
	TOP_KEY_ENTER = '\r',
	TOP_KEY_ESCAPE = 27,
	TOP_KEY_UP = 0x100,
	TOP_KEY_DOWN,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_END,
	TOP_KEY_BACKSPACE,
	TOP_KEY_BACK_TAB,
	TOP_KEY_F1, /* up to F10 they are consecutive */
	TOP_KEY_F2,
	TOP_KEY_F3,
	TOP_KEY_F4,
	TOP_KEY_F5,
	TOP_KEY_F6,
	TOP_KEY_F7,
	TOP_KEY_F8,
	TOP_KEY_F9,
	TOP_KEY_F10,
	TOP_KEY_CLICK, /* where: top_screen_point() */
	TOP_KEY_WHEEL_UP,
	TOP_KEY_WHEEL_DOWN,
	TOP_KEY_PASTE, /* the characters up to TOP_KEY_PASTED are pasted, not typed */
	TOP_KEY_PASTED,
	TOP_KEY_OTHER,
};

#endif
