// SPDX-License-Identifier: GPL-2.0-only
#include "top/prompt.h"

#include <string.h>

#include "base/key.h"
#include "base/unicode.h"
#include "top/search.h"
#include "top/view.h"

#define KEY_CTRL(letter) ((letter) - 'A' + 1)
#define SEARCH_AT_ONCE 50000 /* flows among which it is searched while the text is typed */

static char *text_of(struct top_view *view)
{
	return view->prompt == PROMPT_FILTER ? view->filter_text : view->search_text;
}

static size_t size_of(const struct top_view *view)
{
	return view->prompt == PROMPT_FILTER ? sizeof(view->filter_text) : sizeof(view->search_text);
}

enum top_effect top_prompt_begin(struct top_view *view, enum top_prompt prompt)
{
	view->prompt = prompt;
	strcpy(view->filter_before, view->filter_text);
	if (prompt == PROMPT_SEARCH) {
		view->search_text[0] = '\0';
		view->search_begun = top_search_here(view);
	}
	return EFFECT_REDRAW;
}

static enum top_effect filter_changed(struct top_view *view)
{
	if (!top_view_set_filter(view))
		return EFFECT_REDRAW;
	view->first = 0;
	return EFFECT_REFRESH;
}

static enum top_effect changed(struct top_view *view)
{
	view->note[0] = '\0';
	if (view->prompt == PROMPT_FILTER)
		return filter_changed(view);
	if (!*view->search_text || view->data.matched > SEARCH_AT_ONCE)
		return EFFECT_REDRAW;
	return top_search_begin(view, 1, view->search_begun);
}

/* Remove the last character, which may have several bytes. */
static void erase_character(char *text)
{
	size_t length = strlen(text);

	while (length && ((unsigned char)text[length - 1] & 0xc0) == 0x80)
		length--;
	if (length)
		text[length - 1] = '\0';
}

static void erase_word(char *text)
{
	size_t length = strlen(text);

	while (length && text[length - 1] == ' ')
		length--;
	while (length && text[length - 1] != ' ')
		length--;
	text[length] = '\0';
}

/* Append a byte of a character. False: it is not one, or there is no room. */
static bool append(struct top_view *view, int key)
{
	char *text = text_of(view);
	size_t length = strlen(text);

	if (key < ' ' || key == 0x7f || key > 0xff || length + 1 >= size_of(view))
		return false;
	text[length] = (char)key;
	text[length + 1] = '\0';
	return true;
}

static enum top_effect edit(struct top_view *view, int key)
{
	switch (key) {
	case TOP_KEY_BACKSPACE:
	case 0x7f:
	case KEY_CTRL('H'):
		erase_character(text_of(view));
		break;
	case KEY_CTRL('U'):
		*text_of(view) = '\0';
		break;
	case KEY_CTRL('W'):
		erase_word(text_of(view));
		break;
	default:
		if (!append(view, key))
			return EFFECT_NONE;
	}
	return changed(view);
}

/* Enter: an invalid filter stays in the prompt. */
static enum top_effect accept(struct top_view *view)
{
	bool search = view->prompt == PROMPT_SEARCH;

	if (!search && view->wrong.column)
		return EFFECT_REDRAW;
	view->prompt = PROMPT_NONE;
	if (!search || !*view->search_text)
		return EFFECT_REDRAW;
	return top_search_begin(view, 1, view->search_begun);
}

static enum top_effect give_up(struct top_view *view)
{
	bool filter = view->prompt == PROMPT_FILTER;

	view->prompt = PROMPT_NONE;
	if (!filter)
		return EFFECT_REDRAW;
	strcpy(view->filter_text, view->filter_before);
	return filter_changed(view);
}

enum top_effect top_prompt_key(struct top_view *view, int key)
{
	if (view->pasting) { /* what it changes is looked at in the end */
		append(view, key);
		return EFFECT_NONE;
	}
	switch (key) {
	case TOP_KEY_ENTER:
	case '\n':
		return accept(view);
	case TOP_KEY_ESCAPE:
		return give_up(view);
	default:
		return edit(view, key);
	}
}

/* Remove what a terminal obeys or nobody sees. */
static void clean(char *text)
{
	char *to = text;

	for (const char *from = text; *from;) {
		struct character character = character_at(from, strlen(from));

		if (character_is_harmless(character.code)) {
			memmove(to, from, character.bytes);
			to += character.bytes;
		}
		from += character.bytes;
	}
	*to = '\0';
}

enum top_effect top_prompt_paste(struct top_view *view, bool begin)
{
	view->pasting = begin;
	if (begin || view->prompt == PROMPT_NONE)
		return EFFECT_NONE;
	clean(text_of(view));
	return changed(view);
}
