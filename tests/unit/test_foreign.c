// SPDX-License-Identifier: GPL-2.0-only
/* Text of others made harmless: all characters, all bytes, all kinds of damage; and the width of text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/foreign.h"
#include "hostile.h"
#include "suites.h"
#include "base/unicode.h"

#define TEXT_MAX 512

/* Writes the text in one form, terminated by NUL. */
static size_t put(char to[TEXT_MAX * FOREIGN_SIZE + 1], const char *text, size_t bytes, enum foreign_form form,
		  bool ascii)
{
	char *end = put_foreign(to, to + (size_t)TEXT_MAX * FOREIGN_SIZE, text, bytes, form, ascii);

	*end = '\0';
	return end - to;
}

/* ---- each kind ---- */

static const struct {
	const char *text, *utf8, *ascii, *json;
} kinds[] = {
	{ "eth0", "eth0", "eth0", "eth0" },
	{ "~ \\\"'", "~ \\\"'", "~ \\\"'", "~ \\\\\\\"'" },
	{ "\033[31m", "\\x1b[31m", "\\x1b[31m", "\\u001b[31m" },
	{ "\a\b\t\n\r", "\\x07\\x08\\x09\\x0a\\x0d", "\\x07\\x08\\x09\\x0a\\x0d",
	  "\\u0007\\u0008\\u0009\\u000a\\u000d" },
	{ "\x01\x1f\x7f", "\\x01\\x1f\\x7f", "\\x01\\x1f\\x7f", "\\u0001\\u001f\\u007f" },
	{ "\xc2\x80\xc2\x9b\xc2\x9f", "\\u0080\\u009b\\u009f", "\\u0080\\u009b\\u009f", "\\u0080\\u009b\\u009f" },
	{ "\x80\x9b\xff", "\\x80\\x9b\\xff", "\\x80\\x9b\\xff", "\\ufffd\\ufffd\\ufffd" },
	{ "b\xc3\xbcro", "b\xc3\xbcro", "b\\u00fcro", "b\xc3\xbcro" },
	{ "3\xc2\xb5s", "3\xc2\xb5s", "3us", "3\xc2\xb5s" },
	{ "\xc5\x9b", "\xc5\x9b", "\\u015b", "\xc5\x9b" },
	{ "\xe6\x97\xa5", "\xe6\x97\xa5", "\\u65e5", "\xe6\x97\xa5" },
	{ "\xf0\x9f\x90\xa7", "\xf0\x9f\x90\xa7", "\\U0001f427", "\xf0\x9f\x90\xa7" },
	{ "\xe2\x80\xaa\xe2\x80\xae", "\\u202a\\u202e", "\\u202a\\u202e", "\\u202a\\u202e" },
	{ "\xe2\x81\xa6\xe2\x81\xa9", "\\u2066\\u2069", "\\u2066\\u2069", "\\u2066\\u2069" },
	{ "\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "\\u200e\\u200f\\u061c", "\\u200e\\u200f\\u061c",
	  "\\u200e\\u200f\\u061c" },
	{ "\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029", "\\u2028\\u2029", "\\u2028\\u2029" },
	{ "\xef\xbb\xbf\xe2\x80\x8b\xc2\xad", "\\ufeff\\u200b\\u00ad", "\\ufeff\\u200b\\u00ad",
	  "\\ufeff\\u200b\\u00ad" },
	{ "\xf3\xa0\x80\x81", "\\U000e0001", "\\U000e0001", "\\udb40\\udc01" },
	{ "\xf4\x8f\xbf\xbf", "\\U0010ffff", "\\U0010ffff", "\\udbff\\udfff" },
	/* overlong, surrogates, too high, cut */
	{ "\xc0\x9b", "\\xc0\\x9b", "\\xc0\\x9b", "\\ufffd\\ufffd" },
	{ "\xc1\xbf", "\\xc1\\xbf", "\\xc1\\xbf", "\\ufffd\\ufffd" },
	{ "\xe0\x9f\xbf", "\\xe0\\x9f\\xbf", "\\xe0\\x9f\\xbf", "\\ufffd\\ufffd\\ufffd" },
	{ "\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf", "\\xf0\\x8f\\xbf\\xbf", "\\ufffd\\ufffd\\ufffd\\ufffd" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80", "\\ufffd\\ufffd\\ufffd" },
	{ "\xed\xbf\xbf", "\\xed\\xbf\\xbf", "\\xed\\xbf\\xbf", "\\ufffd\\ufffd\\ufffd" },
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\xf4\\x90\\x80\\x80", "\\ufffd\\ufffd\\ufffd\\ufffd" },
	{ "\xe2\x80", "\\xe2\\x80", "\\xe2\\x80", "\\ufffd\\ufffd" },
	{ "\xe2\x80z", "\\xe2\\x80z", "\\xe2\\x80z", "\\ufffd\\ufffdz" },
};

START_TEST(each_kind)
{
	char text[TEXT_MAX * FOREIGN_SIZE + 1];
	size_t bytes = strlen(kinds[_i].text);

	put(text, kinds[_i].text, bytes, FOREIGN_TEXT, false);
	ck_assert_str_eq(text, kinds[_i].utf8);
	put(text, kinds[_i].text, bytes, FOREIGN_TEXT, true);
	ck_assert_str_eq(text, kinds[_i].ascii);
	put(text, kinds[_i].text, bytes, FOREIGN_JSON, false);
	ck_assert_str_eq(text, kinds[_i].json);
	/* what a form leaves unchanged must be harmless */
	if (foreign_is_harmless(kinds[_i].text, bytes))
		ck_assert(!strcmp(kinds[_i].text, kinds[_i].ascii) && !strcmp(kinds[_i].text, kinds[_i].json));
}
END_TEST

/* ---- everything ---- */

/* Decodes a JSON string as a reader of JSON does, to UTF-8. */
static size_t unescape(char *to, const char *json)
{
	unsigned int code, low;
	char *p = to;

	for (; *json; json++) {
		if (*json != '\\') {
			*p++ = *json;
		} else if (json[1] != 'u') {
			*p++ = *++json;
		} else {
			code = strtoul((char[5]){ json[2], json[3], json[4], json[5] }, NULL, 16);
			json += 5;
			if (code >= 0xd800 && code < 0xdc00) {
				low = strtoul((char[5]){ json[3], json[4], json[5], json[6] }, NULL, 16);
				code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
				json += 6;
				*p++ = (char)(0xf0 | code >> 18);
				*p++ = (char)(0x80 | (code >> 12 & 0x3f));
			} else if (code >= 0x800) {
				*p++ = (char)(0xe0 | code >> 12);
			}
			if (code >= 0x800)
				*p++ = (char)(0x80 | (code >> 6 & 0x3f));
			else if (code >= 0x80)
				*p++ = (char)(0xc0 | code >> 6);
			*p++ = (char)(code < 0x80 ? code : 0x80 | (code & 0x3f));
		}
	}
	return p - to;
}

/*
 * In every form, the result is harmless and does not change when it is converted again, and the JSON form can be
 * decoded to the original if that was UTF-8. (Assertions are slow, so there are few.)
 */
static void check_all_forms(const char *text, size_t bytes, bool valid)
{
	char once[TEXT_MAX * FOREIGN_SIZE + 1], again[TEXT_MAX * FOREIGN_SIZE + 1];

	for (int ascii = 0; ascii <= 1; ascii++) {
		for (enum foreign_form form = FOREIGN_TEXT; form <= FOREIGN_CSV; form++) {
			size_t length = put(once, text, bytes, form, ascii);

			must_be_harmless(once, length, ascii);
			if (form != FOREIGN_TEXT)
				continue;
			put(again, once, length, form, ascii);
			if (strcmp(again, once) != 0)
				ck_abort_msg("'%s' changes when it is converted again: '%s'", once, again);
		}
		put(once, text, bytes, FOREIGN_JSON, ascii);
		if (valid && (unescape(again, once) != bytes || memcmp(again, text, bytes) != 0))
			ck_abort_msg("'%s' is decoded to something else: '%s'", once, text);
	}
}

START_TEST(every_character)
{
	unsigned int codes[65];
	char text[TEXT_MAX] = "";

	for (unsigned int first = 1; first <= 0x10ffff; first += 64) {
		size_t count = 0, bytes = 0, left;
		const char *p = text;

		for (unsigned int code = first; code < first + 64 && code <= 0x10ffff; code++) {
			if (code >= 0xd800 && code <= 0xdfff)
				continue;
			if (code >= 0x10000)
				text[bytes++] = (char)(0xf0 | code >> 18);
			if (code >= 0x800)
				text[bytes++] =
					(char)(code >= 0x10000 ? 0x80 | (code >> 12 & 0x3f) : 0xe0 | code >> 12);
			if (code >= 0x80)
				text[bytes++] = (char)(code >= 0x800 ? 0x80 | (code >> 6 & 0x3f) : 0xc0 | code >> 6);
			text[bytes++] = (char)(code >= 0x80 ? 0x80 | (code & 0x3f) : code);
			count++;
		}
		left = bytes;
		ck_assert_uint_eq(decode(&p, &left, codes, 65), count);
		ck_assert_int_eq(text_characters(text, (int)bytes), count);
		check_all_forms(text, bytes, true);
	}
}
END_TEST

static const unsigned char likely[] = { 0x80, 0x9b, 0xbf, 0xc2, 0xe2, 0xed, 0xf0, 0xf4, 0x1b, 'a', '"', '\\', 0 };

/* Every byte, in every position among others, and before a character of each kind. */
START_TEST(every_byte)
{
	static const char around[] = "a\xc3\xa9\xe6\x97\xa5\xf0\x9f\x90\xa7z";
	char text[sizeof(around)];

	for (int byte = 0; byte < 256; byte++) {
		for (size_t i = 0; i < sizeof(around) - 1; i++) {
			memcpy(text, around, sizeof(around));
			text[i] = (char)byte;
			check_all_forms(text, sizeof(around) - 1, false);
		}
		for (size_t i = 0; i < sizeof(likely); i++) {
			text[0] = (char)byte;
			text[1] = (char)likely[i];
			check_all_forms(text, 2, false);
		}
	}
}
END_TEST

/* Each part of a text with characters of all lengths, as if both ends had been cut off. */
START_TEST(cut_anywhere)
{
	static const char whole[] =
		"a\xc2\x9b\xc3\xa9\xe2\x80\xae\xe6\x97\xa5\xf0\x9f\x90\xa7\xf3\xa0\x80\x81\xf4\x8f\xbf\xbd";

	for (size_t begin = 0; begin < sizeof(whole) - 1; begin++)
		for (size_t end = begin; end < sizeof(whole); end++)
			check_all_forms(whole + begin, end - begin, false);
	for (const char *const *name = hostile_names; *name; name++)
		for (size_t bytes = 0; bytes <= strlen(*name); bytes++)
			check_all_forms(*name, bytes, false);
}
END_TEST

static size_t random_bytes(char *text, size_t most)
{
	size_t bytes = (size_t)random() % most;

	for (size_t i = 0; i < bytes; i++)
		text[i] = (char)((size_t)random() % 2 ? likely[(size_t)random() % sizeof(likely)] : (size_t)random());
	return bytes;
}

START_TEST(random_text)
{
	char text[64] = "";

	for (int i = 0; i < 5000; i++)
		check_all_forms(text, random_bytes(text, sizeof(text)), false);
}
END_TEST

/* ---- little room, and long text ---- */

/* With less room, the text is cut between characters. */
START_TEST(room_is_kept)
{
	char text[24] = "", whole[sizeof(text) * FOREIGN_SIZE], part[sizeof(whole) + 1];

	for (int i = 0; i < 200; i++) {
		size_t bytes = random_bytes(text, sizeof(text));
		size_t length = put_foreign(whole, whole + sizeof(whole), text, bytes, i % 3, i & 1) - whole;

		for (size_t room = 0; room <= length; room++) {
			size_t used;

			part[room] = 'x';
			used = put_foreign(part, part + room, text, bytes, i % 3, i & 1) - part;
			if (used > room || room - used >= FOREIGN_SIZE || part[room] != 'x' ||
			    memcmp(part, whole, used) != 0)
				ck_abort_msg("%zu of %zu bytes in %zu", used, length, room);
			must_be_harmless(part, used, false);
		}
	}
}
END_TEST

/* A buffer takes a long text in parts, and splits no character. */
START_TEST(long_text)
{
	static const char *const pieces[] = { "\xf0\x9f\x90\xa7", "a\xe6\x97\xa5", "\xc3\xa9\xc2\x9b",
					      "\x9b\x9b\xe6\x9b" };
	char *text = malloc(3 * BUFFER_RESERVE_MAX), *expected = malloc(3 * BUFFER_RESERVE_MAX * FOREIGN_SIZE);
	struct buffer out;

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		for (size_t shift = 0; shift < 4; shift++) {
			size_t bytes = shift, length;

			memset(text, '\n', shift);
			while (bytes + 4 < 3 * BUFFER_RESERVE_MAX)
				bytes = stpcpy(text + bytes, pieces[i]) - text;
			length = put_foreign(expected, expected + 3 * BUFFER_RESERVE_MAX * FOREIGN_SIZE, text, bytes,
					     FOREIGN_JSON, false) -
				 expected;
			buffer_init(&out, BUFFER_MEMORY);
			buffer_foreign(&out, text, bytes, FOREIGN_JSON);
			ck_assert_uint_eq(out.used, length);
			ck_assert(!memcmp(out.data, expected, length));
			buffer_free(&out);
		}
	}
	free(text);
	free(expected);
}
END_TEST

/* ---- columns ---- */

static const struct {
	const char *text;
	int columns, characters;
} widths[] = {
	{ "", 0, 0 },
	{ "eth0", 4, 4 },
	{ "12.3\xc2\xb5s", 6, 6 },
	{ "\xe6\x97\xa5\xe6\x9c\xac", 4, 2 }, /* wide */
	{ "e\xcc\x81x", 2, 3 }, /* combining */
	{ "\xf0\x9f\x90\xa7", 2, 1 },
	{ "\xe2\x94\x80\xe2\x96\xb6", 2, 2 },
	{ "\xff\xe2\x80", 3, 3 }, /* bytes that are no characters */
};

START_TEST(width)
{
	const char *text = widths[_i].text;
	int bytes = (int)strlen(text), columns = widths[_i].columns;

	ck_assert_int_eq(text_columns(text, bytes), columns);
	ck_assert_int_eq(text_characters(text, bytes), widths[_i].characters);
	ck_assert_int_eq(text_fit(text, bytes, columns), bytes);
	for (int room = 0; room < columns; room++) {
		int fit = text_fit(text, bytes, room);

		ck_assert_int_le(text_columns(text, fit), room);
		ck_assert_int_gt(text_columns(text, fit + character_at(text + fit, bytes - fit).bytes), room);
	}
}
END_TEST

START_TEST(width_in_parts)
{
	const char *text = "a\xe6\x97\xa5"
			   "e\xcc\x81z";

	ck_assert_int_eq(text_fit(text, 8, 1), 1);
	ck_assert_int_eq(text_fit(text, 8, 2), 1); /* half of a wide character does not count */
	ck_assert_int_eq(text_fit(text, 8, 3), 4);
	ck_assert_int_eq(text_fit(text, 8, 4), 7); /* a combining character stays with its base character */
}
END_TEST

Suite *foreign_suite(void)
{
	Suite *suite = suite_create("foreign");
	TCase *tcase = tcase_create("foreign"), *columns = tcase_create("columns");

	tcase_set_timeout(tcase, 120); /* enough for a busy machine */
	tcase_add_loop_test(tcase, each_kind, 0, sizeof(kinds) / sizeof(kinds[0]));
	tcase_add_test(tcase, every_character);
	tcase_add_test(tcase, every_byte);
	tcase_add_test(tcase, cut_anywhere);
	tcase_add_test(tcase, random_text);
	tcase_add_test(tcase, room_is_kept);
	tcase_add_test(tcase, long_text);
	tcase_add_loop_test(columns, width, 0, sizeof(widths) / sizeof(widths[0]));
	tcase_add_test(columns, width_in_parts);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, columns);
	return suite;
}
