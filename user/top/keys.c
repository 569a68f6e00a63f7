// SPDX-License-Identifier: GPL-2.0-only
#include "top/keys.h"

#include "top/bar.h"
#include "top/menu.h"
#include "top/prompt.h"
#include "top/search.h"
#include "top/select.h"

static const struct {
	char letter;
	enum sort_key sort;
} sort_letters[] = {
	{ 'L', SORT_LAST_SEEN },    { 'F', SORT_FIRST_SEEN },	  { 'P', SORT_PACKETS },
	{ 'B', SORT_BYTES },	    { 'C', SORT_CLIENT },	  { 'S', SORT_SERVER },
	{ 'T', SORT_STATE },	    { 'Y', SORT_SYN_TO_SYNACK },  { 'A', SORT_SYNACK_TO_ACK },
	{ 'H', SORT_HANDSHAKE },    { 'E', SORT_CLIENT_RTT },	  { 'V', SORT_SERVER_RTT },
	{ 'R', SORT_BYTE_RATE },    { 'K', SORT_PACKET_RATE },	  { 'I', SORT_CLIENT_PACKETS },
	{ 'U', SORT_CLIENT_BYTES }, { 'J', SORT_SERVER_PACKETS }, { 'D', SORT_SERVER_BYTES },
	{ 'X', SORT_RETRANSMITS },  { 'O', SORT_OUTCOME },	  { 'Z', SORT_CONN_STATE },
};

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
	int page = view->rows_shown > 1 ? view->rows_shown - 1 : 1;

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
	return top_menu_sort(view, (view->sort + SORT_NONE + step) % SORT_NONE);
}

/* What the function keys and Tab of htop stand for. Returns the character for it, or the key itself. */
static int familiar_key(int key)
{
	switch (key) {
	case TOP_KEY_F1:
		return '?';
	case TOP_KEY_F3:
		return '/';
	case TOP_KEY_F4:
	case '\\':
		return 'f';
	case TOP_KEY_F5:
	case '\n':
		return TOP_KEY_ENTER;
	case TOP_KEY_TAB:
		return '>';
	case TOP_KEY_BACK_TAB:
		return '<';
	case TOP_KEY_F10:
	case 'Q':
		return 'q';
	case 'h':
		return '?';
	default:
		return key;
	}
}

static enum top_effect say(struct top_view *view, const char *what)
{
	top_bar_note(view, "%s", what);
	return EFFECT_REDRAW;
}

/* Keys that change what the whole screen is. */
static enum top_effect page_key(struct top_view *view, int key)
{
	switch (key) {
	case 'q':
		return EFFECT_QUIT;
	case '?':
		view->page = PAGE_HELP;
		return EFFECT_REDRAW;
	case TOP_KEY_F2:
		return top_menu_open(view, PAGE_COLUMNS);
	case TOP_KEY_F6:
		return top_menu_open(view, PAGE_SORT);
	case TOP_KEY_F7:
	case TOP_KEY_F8:
		return say(view, "flows have no priority: synscope only watches them");
	case TOP_KEY_F9:
		return say(view, "flows are not killed: synscope only watches them; 'ss -K' kills sockets");
	case 'm':
		view->mouse_off = !view->mouse_off;
		return say(view, view->mouse_off ? "mouse off: the terminal selects text" : "mouse on");
	default:
		return move_key(view, key);
	}
}

static enum top_effect command_key(struct top_view *view, int key)
{
	switch (key) {
	case '/':
		return top_prompt_begin(view, PROMPT_SEARCH);
	case 'f':
		return top_prompt_begin(view, PROMPT_FILTER);
	case 'n':
		return top_search_begin(view, 1, top_search_here(view) + 1);
	case 'N':
		return top_search_begin(view, -1, top_search_here(view) - 1);
	case ' ':
		view->paused = !view->paused;
		return view->paused ? EFFECT_REDRAW : EFFECT_REFRESH;
	case '<':
	case '>':
		return next_sort(view, key == '<' ? -1 : 1);
	case 'r':
		view->reverse = !view->reverse;
		return top_menu_sort(view, view->sort);
	case 'a':
		view->all = !view->all;
		return top_menu_sort(view, view->sort);
	case 'p':
		view->processes = !view->processes;
		top_select_forget_widths(view);
		return EFFECT_REFRESH;
	case TOP_KEY_ENTER:
		return toggle_ladder(view);
	case TOP_KEY_ESCAPE:
		return escape(view);
	default:
		return page_key(view, key);
	}
}

static enum top_effect flows_key(struct top_view *view, int key)
{
	for (size_t i = 0; i < sizeof(sort_letters) / sizeof(sort_letters[0]); i++)
		if (key == sort_letters[i].letter)
			return top_menu_sort(view, sort_letters[i].sort);
	return command_key(view, familiar_key(key));
}

enum top_effect top_view_key(struct top_view *view, int key)
{
	enum top_effect effect;
	bool noted = *view->note;

	if (key == TOP_KEY_PASTE || key == TOP_KEY_PASTED)
		return top_prompt_paste(view, key == TOP_KEY_PASTE);
	if (view->prompt != PROMPT_NONE)
		return top_prompt_key(view, key);
	if (view->pasting) /* what is pasted is no command */
		return EFFECT_NONE;
	view->note[0] = '\0';
	if (view->page == PAGE_HELP) {
		view->page = PAGE_FLOWS;
		return familiar_key(key) == 'q' ? EFFECT_QUIT : EFFECT_REDRAW;
	}
	effect = view->page == PAGE_FLOWS ? flows_key(view, key) : top_menu_key(view, key);
	return effect == EFFECT_NONE && noted ? EFFECT_REDRAW : effect;
}
