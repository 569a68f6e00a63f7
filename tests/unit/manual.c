// SPDX-License-Identifier: GPL-2.0-only
#include "manual.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES 65536

char *manual_read(const char *path)
{
	FILE *file = fopen(path, "r");
	char *page = malloc(PAGE_BYTES);
	size_t length;

	ck_assert_msg(file, "no %s", path);
	ck_assert_ptr_nonnull(page);
	length = fread(page, 1, PAGE_BYTES - 1, file);
	ck_assert_uint_lt(length, PAGE_BYTES - 1);
	page[length] = '\0';
	fclose(file);
	return page;
}

struct part manual_section(const char *page, const char *heading)
{
	char line[WORD_BYTES];
	struct part part;

	snprintf(line, sizeof(line), "\n# %s\n", heading);
	part.at = strstr(page, line);
	ck_assert_msg(part.at, "no section %s", heading);
	part.at += strlen(line);
	part.end = strstr(part.at, "\n# ");
	ck_assert_ptr_nonnull(part.end);
	return part;
}

bool part_line(struct part *rest, struct part *line)
{
	if (rest->at >= rest->end)
		return false;
	*line = (struct part){ rest->at, memchr(rest->at, '\n', rest->end - rest->at) };
	line->end = line->end ? line->end : rest->end;
	rest->at = line->end + 1;
	return true;
}

bool part_bold(struct part *rest, char word[WORD_BYTES])
{
	while (rest->at < rest->end) {
		const char *begin = memchr(rest->at, '*', rest->end - rest->at), *end;

		end = begin ? memchr(begin + 1, '*', rest->end - begin - 1) : NULL;
		if (!end)
			return false;
		rest->at = end + 1;
		if (end[1] == '(')
			continue;
		ck_assert_int_lt(end - begin, WORD_BYTES);
		memcpy(word, begin + 1, end - begin - 1);
		word[end - begin - 1] = '\0';
		return true;
	}
	return false;
}

bool part_is_term(const struct part *line)
{
	return *line->at == '*';
}

bool manual_entry(struct part within, const char *name, struct part *term, struct part *meaning)
{
	struct part line;

	while (part_line(&within, &line)) {
		struct part names = line;
		char word[WORD_BYTES];
		bool named = false;

		while (part_is_term(&line) && part_bold(&names, word))
			named |= !strcmp(word, name);
		if (!named)
			continue;
		*term = line;
		*meaning = (struct part){ line.end, line.end };
		while (part_line(&within, &line) && *line.at == '\t')
			meaning->end = line.end;
		return true;
	}
	return false;
}
