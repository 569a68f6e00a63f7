// SPDX-License-Identifier: GPL-2.0-only
#include "base/unicode.h"

#include <langinfo.h>
#include <string.h>
#include <wchar.h>

/* The length of a character that begins with this byte; 0: no character does. */
static int length_by_first(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

struct character character_at(const char *text, size_t bytes)
{
	static const __u32 least[] = { 0, 0, 0x80, 0x800,
				       0x10000 }; /* by length; a smaller code is an overlong encoding */
	const struct character invalid = { CHARACTER_INVALID, 1 };
	unsigned char first = *text;
	int length = length_by_first(first);
	__u32 code = length > 1 ? first & (0x7f >> length) : first;

	if (!length || (size_t)length > bytes)
		return invalid;
	for (int i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return invalid;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return invalid;
	return (struct character){ code, length };
}

bool character_is_harmless(__u32 code)
{
	/* DEL and C1, Default_Ignorable_Code_Point, Bidi_Control, separators of lines, annotations, noncharacters */
	static const struct {
		__u32 first, last;
	} harmful[] = {
		{ 0x7f, 0x9f },	      { 0xad, 0xad },	    { 0x34f, 0x34f },	  { 0x61c, 0x61c },
		{ 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },   { 0x180b, 0x180f },	  { 0x200b, 0x200f },
		{ 0x2028, 0x202e },   { 0x2060, 0x206f },   { 0x3164, 0x3164 },	  { 0xfdd0, 0xfdef },
		{ 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },	  { 0xfff0, 0xfffb },
		{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
	};

	if (code < ' ' || code > 0x10ffff || (code & 0xfffe) == 0xfffe)
		return false;
	for (size_t i = 0; i < sizeof(harmful) / sizeof(harmful[0]) && code >= harmful[i].first; i++)
		if (code <= harmful[i].last)
			return false;
	return true;
}

static int character_columns(__u32 code)
{
	int columns = code < 0x7f || code == CHARACTER_INVALID ? 1 : wcwidth((wchar_t)code);

	return columns < 0 ? 1 : columns;
}

int text_columns(const char *text, int bytes)
{
	int columns = 0;

	for (int i = 0; i < bytes;) {
		struct character character = character_at(text + i, bytes - i);

		columns += character_columns(character.code);
		i += character.bytes;
	}
	return columns;
}

int text_fit(const char *text, int bytes, int columns)
{
	int fit = 0;

	while (fit < bytes) {
		struct character character = character_at(text + fit, bytes - fit);

		columns -= character_columns(character.code);
		if (columns < 0)
			break;
		fit += character.bytes;
	}
	return fit;
}

int text_characters(const char *text, int bytes)
{
	int characters = 0;

	for (int i = 0; i < bytes; characters++)
		i += character_at(text + i, bytes - i).bytes;
	return characters;
}

bool locale_is_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}
