// SPDX-License-Identifier: GPL-2.0-only
#include "base/screen_input.h"

#define NCURSES_NOMACROS
#include <curses.h>
#include <stdio.h>

#include "base/key.h"

#define OLD_REPORT 3 /* bytes after \033[M, of terminals that do not know the new form */

/* Codes for what define_key() adds to the keys of ncurses. */
enum own_key { KEY_REPORT = KEY_MAX + 1, KEY_OLD_REPORT, KEY_PASTE, KEY_PASTED };

bool screen_input_define(struct screen_input *input)
{
	const char *mouse = tigetstr("kmous");

	*input = (struct screen_input){ 0 };
	if (!mouse || mouse == (const char *)-1)
		return false;
	define_key("\033[<", KEY_REPORT);
	define_key("\033[M", KEY_OLD_REPORT);
	define_key("\033[200~", KEY_PASTE);
	define_key("\033[201~", KEY_PASTED);
	return true;
}

/* The key that a whole report stands for, or TOP_KEY_NONE. */
static int reported_key(struct screen_input *input, bool pressed)
{
	int button, line, column;

	input->report[input->used] = '\0';
	input->reporting = false;
	if (sscanf(input->report, "%d;%d;%d", &button, &column, &line) != 3 || !pressed)
		return TOP_KEY_NONE;
	input->line = line - 1;
	input->column = column - 1;
	switch (button & ~(4 | 8 | 16)) { /* without Shift, Alt and Ctrl */
	case 0:
		return TOP_KEY_CLICK;
	case 64:
		return TOP_KEY_WHEEL_UP;
	case 65:
		return TOP_KEY_WHEEL_DOWN;
	default:
		return TOP_KEY_NONE;
	}
}

/* The next byte of a report, which may come in parts. Returns the key if the report is whole, or TOP_KEY_NONE. */
static int take_report(struct screen_input *input, int byte)
{
	if (input->old) {
		input->old--;
		return TOP_KEY_NONE;
	}
	if (byte == 'M' || byte == 'm')
		return reported_key(input, byte == 'M');
	if (((byte < '0' || byte > '9') && byte != ';') || input->used == SCREEN_REPORT_MAX - 1)
		input->reporting = false; /* not one, after all */
	else
		input->report[input->used++] = (char)byte;
	return TOP_KEY_NONE;
}

int screen_input_key(struct screen_input *input, int code)
{
	static const struct {
		int curses;
		enum top_key key;
	} keys[] = {
		{ KEY_UP, TOP_KEY_UP },
		{ KEY_DOWN, TOP_KEY_DOWN },
		{ KEY_PPAGE, TOP_KEY_PAGE_UP },
		{ KEY_NPAGE, TOP_KEY_PAGE_DOWN },
		{ KEY_HOME, TOP_KEY_HOME },
		{ KEY_END, TOP_KEY_END },
		{ KEY_BACKSPACE, TOP_KEY_BACKSPACE },
		{ KEY_ENTER, TOP_KEY_ENTER },
		{ KEY_BTAB, TOP_KEY_BACK_TAB },
		{ KEY_PASTE, TOP_KEY_PASTE },
		{ KEY_PASTED, TOP_KEY_PASTED },
	};

	if (input->reporting || input->old)
		return take_report(input, code);
	if (code == KEY_REPORT)
		*input = (struct screen_input){ .reporting = true, .line = input->line, .column = input->column };
	if (code == KEY_OLD_REPORT)
		input->old = OLD_REPORT;
	if (code == KEY_REPORT || code == KEY_OLD_REPORT)
		return TOP_KEY_NONE;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].curses == code)
			return keys[i].key;
	if (code >= KEY_F(1) && code <= KEY_F(10))
		return TOP_KEY_F1 + code - KEY_F(1);
	return code < KEY_MIN ? code : TOP_KEY_OTHER;
}
