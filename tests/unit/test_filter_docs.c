// SPDX-License-Identifier: GPL-2.0-only
/* synscope-filter(7) and `help FILTER` have all fields, words and units of the filter's tables, and no others. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "filter/internal.h"
#include "manual.h"
#include "suites.h"

#define PAGE "docs/man/synscope-filter.7.scd"

static bool holds(struct part part, const char *text)
{
	return memmem(part.at, part.end - part.at, text, strlen(text));
}

static const struct {
	const char *heading;
	enum filter_sides sides;
	bool flags;
} groups[] = {
	{ "FIELDS OF EITHER END", SIDES_EITHER, false },
	{ "FIELDS OF BOTH ENDS TOGETHER", SIDES_SUM, false },
	{ "FIELDS OF THE FLOW", SIDES_FLOW, false },
	{ "PROPERTIES", SIDES_FLOW, true },
};

static bool belongs(const struct filter_field *field, size_t group)
{
	return field->sides == groups[group].sides && (field->kind == KIND_FLAG) == groups[group].flags;
}

START_TEST(page_has_every_field)
{
	char *page = manual_read(PAGE);
	static const char *const values[] = {
		[KIND_NUMBER] = "_NUMBER_", [KIND_BYTES] = "_BYTES_", [KIND_TIME] = "_TIME_",
		[KIND_WHEN] = "_DATE_",	    [KIND_WORD] = "_",	      [KIND_ADDRESS] = "_ADDRESS_",
		[KIND_NAME] = "_NAME_",	    [KIND_FLAG] = ""
	};
	struct part term, meaning;
	char most[WORD_BYTES];

	for (const struct filter_field *field = filter_fields; field->name; field++) {
		for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
			if (belongs(field, i))
				ck_assert_msg(manual_entry(manual_section(page, groups[i].heading), field->name, &term,
							   &meaning),
					      "%s is not in %s", field->name, groups[i].heading);
		ck_assert_msg(holds(term, values[field->kind]), "%s has another value", field->name);
		snprintf(most, sizeof(most), "0 to %llu", field->most);
		ck_assert_msg(!field->most || holds(meaning, most), "%s is not %s", field->name, most);
	}
	free(page);
}
END_TEST

START_TEST(page_has_no_other_field)
{
	char *page = manual_read(PAGE);
	struct part rest, line;
	char word[WORD_BYTES];

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		rest = manual_section(page, groups[i].heading);
		while (part_line(&rest, &line)) {
			while (part_is_term(&line) && part_bold(&line, word)) {
				struct token name = token_next(word);
				const struct filter_field *field = filter_field_find(&name);

				ck_assert_msg(field && belongs(field, i), "%s in %s", word, groups[i].heading);
			}
		}
	}
	free(page);
}
END_TEST

static bool parses(const char *text)
{
	struct filter_error error;
	struct filter filter;
	bool sound = !filter_parse_text(text, NULL, &filter, &error);

	filter_free(&filter);
	return sound;
}

/* The page names every word of a field that takes words, in some spelling, and only such words. */
static void check_words(const struct filter_field *field, struct part meaning)
{
	char spelt[WORD_BYTES], text[2 * WORD_BYTES];
	struct part rest = meaning;
	const char *word;

	while (part_bold(&rest, spelt)) {
		snprintf(text, sizeof(text), "%s %s", field->name, spelt);
		ck_assert_msg(parses(text), "'%s' is not a valid filter", text);
	}
	for (int i = 0; (word = filter_word(field->id, i)); i++) {
		bool found = false;

		for (rest = meaning; part_bold(&rest, spelt);) {
			struct token token = token_next(spelt);

			found |= token_is(&token, word) || !strcmp(spelt, word);
		}
		ck_assert_msg(found, "%s %s is not in " PAGE, field->name, word);
	}
}

START_TEST(page_has_the_words)
{
	char *page = manual_read(PAGE);
	struct part term, meaning;
	int count = 0;

	for (const struct filter_field *field = filter_fields; field->name; field++)
		for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
			if (field->kind != KIND_WORD || !belongs(field, i))
				continue;
			ck_assert(manual_entry(manual_section(page, groups[i].heading), field->name, &term, &meaning));
			check_words(field, meaning);
			count++;
		}
	ck_assert_int_gt(count, 0);
	free(page);
}
END_TEST

static bool stands_in(struct part part, const char *word)
{
	char bold[WORD_BYTES];

	while (part_bold(&part, bold))
		if (!strcmp(bold, word))
			return true;
	return false;
}

/* `meaning` names every unit of up to three letters that `FIELD > 1UNIT` accepts, and no other unit. */
static void check_units(const char *field, struct part meaning)
{
	char unit[WORD_BYTES] = "", text[2 * WORD_BYTES];

	for (int code = 1; code < 27 * 27 * 27; code++) {
		int length = 0;

		for (int rest = code; rest && rest % 27; rest /= 27)
			unit[length++] = (char)('a' + rest % 27 - 1);
		unit[length] = '\0';
		snprintf(text, sizeof(text), "%s > 1%s", field, unit);
		ck_assert_msg(!length || parses(text) == stands_in(meaning, unit), "unit %s of %s", unit, field);
	}
	while (part_bold(&meaning, unit)) {
		snprintf(text, sizeof(text), "%s > 1%s", field, unit);
		ck_assert_msg(parses(text), "unit %s of %s", unit, field);
	}
}

START_TEST(page_has_the_units)
{
	char *page = manual_read(PAGE);
	struct part rest, line, number = { 0 }, time = { 0 };

	rest = manual_section(page, "VALUES");
	while (part_line(&rest, &line)) {
		if (!strncmp(line.at, "_NUMBER_", 8))
			number = (struct part){ line.end, strstr(line.end, "\n_") };
		if (!strncmp(line.at, "_TIME_", 6))
			time = (struct part){ line.end, strstr(line.end, "\n_") };
	}
	ck_assert(number.at && number.end && time.at && time.end);
	check_units("packets", number);
	check_units("bytes", number); /* the page says "The same" */
	check_units("age", time);
	free(page);
}
END_TEST

/* Is the word in the text, with no letter before or after it? */
static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at++)
		if ((at == text || (!isalnum((unsigned char)at[-1]) && at[-1] != '_')) &&
		    !isalnum((unsigned char)at[length]) && at[length] != '_')
			return true;
	return false;
}

START_TEST(help_has_every_field_and_word)
{
	struct buffer out;
	const char *names, *word;

	ck_assert_int_eq(buffer_init(&out, BUFFER_MEMORY), 0);
	filter_help(&out);
	buffer_char(&out, '\0');
	names = strstr(out.data, "\nNames:\n");
	ck_assert_ptr_nonnull(names);
	for (const struct filter_field *field = filter_fields; field->name; field++) {
		ck_assert_msg(has_word(names, field->name), "%s is not in the help", field->name);
		for (int i = 0; field->kind == KIND_WORD && (word = filter_word(field->id, i)); i++)
			ck_assert_msg(has_word(names, word), "%s %s is not in the help", field->name, word);
	}
	buffer_free(&out);
}
END_TEST

Suite *filter_docs_suite(void)
{
	Suite *suite = suite_create("filter_docs");
	TCase *tcase = tcase_create("filter_docs");

	tcase_add_test(tcase, page_has_every_field);
	tcase_add_test(tcase, page_has_no_other_field);
	tcase_add_test(tcase, page_has_the_words);
	tcase_add_test(tcase, page_has_the_units);
	tcase_add_test(tcase, help_has_every_field_and_word);
	suite_add_tcase(suite, tcase);
	return suite;
}
