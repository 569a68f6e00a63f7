// SPDX-License-Identifier: GPL-2.0-only
#include "base/foreign.h"

#include <stdio.h>
#include <string.h>

#include "base/unicode.h"

#define MICRO_SIGN 0xb5

bool foreign_is_harmless(const char *text, size_t bytes)
{
	bool harmless = true;

	for (size_t i = 0; i < bytes; i++)
		harmless &= text[i] >= ' ' && text[i] < 0x7f && text[i] != '"' && text[i] != '\\';
	return harmless;
}

static int json_escape(char *to, __u32 code)
{
	if (code == CHARACTER_INVALID)
		code = 0xfffd;
	if (code > 0xffff)
		return sprintf(to, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10), 0xdc00 + (code & 0x3ff));
	return sprintf(to, "\\u%04x", code);
}

/* `byte`: its first one. */
static int text_escape(char *to, __u32 code, unsigned char byte)
{
	if (code < 0x80 || code == CHARACTER_INVALID)
		return sprintf(to, "\\x%02x", byte);
	return sprintf(to, code > 0xffff ? "\\U%08x" : "\\u%04x", code);
}

/* Write one character, at most FOREIGN_SIZE bytes and a NUL. Returns the number of bytes without the NUL. */
static int put_character(char *to, const char *text, struct character character, enum foreign_form form, bool ascii)
{
	__u32 code = character.code;
	int used = 0;

	if ((form == FOREIGN_JSON && (code == '"' || code == '\\')) || (form == FOREIGN_CSV && code == '"')) {
		to[used++] = form == FOREIGN_JSON ? '\\' : '"';
		to[used++] = (char)code;
		return used;
	}
	if (character_is_harmless(code) && (!ascii || code < 0x7f)) {
		memcpy(to, text, character.bytes);
		return character.bytes;
	}
	if (form == FOREIGN_JSON)
		return json_escape(to, code);
	if (code == MICRO_SIGN) {
		*to = 'u';
		return 1;
	}
	return text_escape(to, code, *text);
}

char *put_foreign(char *p, char *end, const char *text, size_t bytes, enum foreign_form form, bool ascii)
{
	char room[FOREIGN_SIZE + 4]; /* with the NUL of sprintf */

	while (bytes) {
		struct character character = character_at(text, bytes);
		int length = put_character(room, text, character, form, ascii);

		if (length > end - p)
			break;
		memcpy(p, room, length);
		p += length;
		text += character.bytes;
		bytes -= character.bytes;
	}
	return p;
}

struct foreign_text foreign_text(const char *text, size_t bytes, bool ascii)
{
	struct foreign_text clean;
	char *end = put_foreign(clean.text, clean.text + sizeof(clean.text) - 1, text, bytes, FOREIGN_TEXT, ascii);

	*end = '\0';
	clean.bytes = (int)(end - clean.text);
	clean.columns = text_columns(clean.text, clean.bytes);
	return clean;
}
