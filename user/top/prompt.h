/* SPDX-License-Identifier: GPL-2.0-only */
/* Typing a filter, or a text to search for, on the last line of `top`. */
#ifndef SYNSCOPE_TOP_PROMPT_H
#define SYNSCOPE_TOP_PROMPT_H

#include "top/state.h"

enum top_effect top_prompt_begin(struct top_view *view, enum top_prompt prompt);

/* A key while there is a prompt. */
enum top_effect top_prompt_key(struct top_view *view, int key);

/* The terminal begins to paste, and has pasted. What it pastes comes as keys in between. */
enum top_effect top_prompt_paste(struct top_view *view, bool begin);

#endif
