// SPDX-License-Identifier: GPL-2.0-only
#include "top/keys.h"

#include <string.h>

#include "top/select.h"
#include "top/view.h"

#define KEY_CTRL(letter) ((letter) - 'A' + 1)

static const struct {
	char letter;
	enum sort_key sort;
} sort_letters[] = {
	{ 'L', SORT_LAST_SEEN },     { 'F', SORT_FIRST_SEEN }, { 'P', SORT_PACKETS },	 { 'B', SORT_BYTES },
	{ 'C', SORT_CLIENT },	     { 'S', SORT_SERVER },     { 'T', SORT_STATE },	 { 'Y', SORT_SYN_TO_SYNACK },
	{ 'A', SORT_SYNACK_TO_ACK }, { 'H', SORT_HANDSHAKE },  { 'E', SORT_CLIENT_RTT }, { 'R', SORT_SERVER_RTT },
};

static enum top_effect sort_by(struct top_view *view, enum sort_key sort)
{
	view->sort = sort;
	view->first = 0;
	top_select_forget_widths(view);
	return EFFECT_REFRESH;
}

/* ---- the prompt of the filter */

static enum top_effect filter_changed(struct top_view *view)
{
	if (!top_view_set_filter(view))
		return EFFECT_REDRAW;
	view->first = 0;
	return EFFECT_REFRESH;
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

static enum top_effect edit(struct top_view *view, int key)
{
	size_t length = strlen(view->filter_text);

	switch (key) {
	case TOP_KEY_BACKSPACE:
	case 0x7f:
	case KEY_CTRL('H'):
		erase_character(view->filter_text);
		break;
	case KEY_CTRL('U'):
		view->filter_text[0] = '\0';
		break;
	case KEY_CTRL('W'):
		erase_word(view->filter_text);
		break;
	default:
		if (key < ' ' || key > 0xff || length + 1 >= FILTER_TEXT_SIZE)
			return EFFECT_NONE;
		view->filter_text[length] = (char)key;
		view->filter_text[length + 1] = '\0';
	}
	return filter_changed(view);
}

static enum top_effect prompt_key(struct top_view *view, int key)
{
	switch (key) {
	case TOP_KEY_ENTER:
	case '\n':
		view->prompting = view->wrong.column; /* an invalid filter stays in the prompt */
		return EFFECT_REDRAW;
	case TOP_KEY_ESCAPE:
		view->prompting = false;
		strcpy(view->filter_text, view->filter_before);
		return filter_changed(view);
	default:
		return edit(view, key);
	}
}

static enum top_effect begin_prompt(struct top_view *view)
{
	view->prompting = true;
	strcpy(view->filter_before, view->filter_text);
	return EFFECT_REDRAW;
}

/* ---- moving */

static enum top_effect scroll_ladder(struct top_view *view, int lines)
{
	view->ladder_first = view->ladder_first + lines > 0 ? view->ladder_first + lines : 0;
	return EFFECT_REDRAW;
}

/* Move the selection by so many rows; if there is none, select the first visible flow. */
static enum top_effect move_by(struct top_view *view, int rows)
{
	__s64 index = top_select_index(view);

	return top_select_move(view, index < 0 ? (__s64)view->first : index + rows);
}

static enum top_effect move_key(struct top_view *view, int key)
{
	int page = view->page > 1 ? view->page - 1 : 1;

	switch (key) {
	case TOP_KEY_UP:
	case 'k':
		return move_by(view, -1);
	case TOP_KEY_DOWN:
	case 'j':
		return move_by(view, 1);
	case TOP_KEY_PAGE_UP:
		return view->ladder ? scroll_ladder(view, -1) : move_by(view, -page);
	case TOP_KEY_PAGE_DOWN:
		return view->ladder ? scroll_ladder(view, 1) : move_by(view, page);
	case TOP_KEY_HOME:
	case 'g':
		return top_select_move(view, 0);
	case TOP_KEY_END:
	case 'G':
		return top_select_move(view, (__s64)view->data.matched - 1);
	default:
		return EFFECT_NONE;
	}
}

/* ---- */

static enum top_effect toggle_ladder(struct top_view *view)
{
	view->ladder = !view->ladder;
	if (view->ladder && !view->selected)
		return top_select_move(view, (__s64)view->first);
	return EFFECT_REDRAW;
}

static enum top_effect escape(struct top_view *view)
{
	if (view->ladder)
		view->ladder = false;
	else
		top_select_none(view);
	return EFFECT_REDRAW;
}

static enum top_effect next_sort(struct top_view *view, int step)
{
	return sort_by(view, (view->sort + SORT_NONE + step) % SORT_NONE);
}

/* What the function keys and Tab of htop stand for. Returns the character for it, or the key itself. */
static int familiar_key(int key)
{
	switch (key) {
	case TOP_KEY_F1:
		return '?';
	case TOP_KEY_F3:
	case TOP_KEY_F4:
		return '/';
	case TOP_KEY_F5:
		return TOP_KEY_ENTER;
	case TOP_KEY_F6:
	case TOP_KEY_TAB:
		return '>';
	case TOP_KEY_BACK_TAB:
		return '<';
	case TOP_KEY_F10:
		return 'q';
	default:
		return key;
	}
}

static enum top_effect command_key(struct top_view *view, int key)
{
	switch (key) {
	case 'q':
	case 'Q':
		return EFFECT_QUIT;
	case '?':
	case 'h':
		view->help = true;
		return EFFECT_REDRAW;
	case '/':
		return begin_prompt(view);
	case ' ':
		view->paused = !view->paused;
		return view->paused ? EFFECT_REDRAW : EFFECT_REFRESH;
	case '<':
	case '>':
		return next_sort(view, key == '<' ? -1 : 1);
	case 'r':
		view->reverse = !view->reverse;
		return sort_by(view, view->sort);
	case 'a':
		view->all = !view->all;
		return sort_by(view, view->sort);
	case TOP_KEY_ENTER:
	case '\n':
		return toggle_ladder(view);
	case TOP_KEY_ESCAPE:
		return escape(view);
	default:
		return move_key(view, key);
	}
}

enum top_effect top_view_key(struct top_view *view, int key)
{
	if (!view->prompting)
		key = familiar_key(key);
	if (view->help) {
		view->help = false;
		return key == 'q' ? EFFECT_QUIT : EFFECT_REDRAW;
	}
	if (view->prompting)
		return prompt_key(view, key);
	for (size_t i = 0; i < sizeof(sort_letters) / sizeof(sort_letters[0]); i++)
		if (key == sort_letters[i].letter)
			return sort_by(view, sort_letters[i].sort);
	return command_key(view, key);
}
