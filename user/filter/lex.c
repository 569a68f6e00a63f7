// SPDX-License-Identifier: GPL-2.0-only
#include "filter/internal.h"

#include <ctype.h>
#include <string.h>

#define SPECIAL "()!=<>&|\"'"

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool in_word(char c)
{
	return c && !is_blank(c) && !strchr(SPECIAL, c);
}

/* If one sign is the beginning of another, the longer one comes first. */
static const struct {
	const char *text;
	enum token_kind kind;
} signs[] = {
	{ "&&", TOKEN_AND },	   { "||", TOKEN_OR },	{ "==", TOKEN_EQUAL },	 { "=", TOKEN_EQUAL },
	{ "!=", TOKEN_NOT_EQUAL }, { "!", TOKEN_NOT },	{ "<=", TOKEN_AT_MOST }, { "<", TOKEN_LESS },
	{ ">=", TOKEN_AT_LEAST },  { ">", TOKEN_MORE }, { "(", TOKEN_OPEN },	 { ")", TOKEN_CLOSE },
};

static struct token sign(const char *text)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t length = strlen(signs[i].text);

		if (!strncmp(text, signs[i].text, length))
			return (struct token){ signs[i].kind, text, length };
	}
	return (struct token){ TOKEN_STRAY, text, 1 };
}

static struct token quoted(const char *text)
{
	const char *end = strchr(text + 1, *text);

	if (!end)
		return (struct token){ TOKEN_UNENDED, text, strlen(text) };
	return (struct token){ TOKEN_QUOTED, text + 1, end - text - 1 };
}

struct token token_next(const char *text)
{
	size_t length = 0;

	while (is_blank(*text))
		text++;
	if (!*text)
		return (struct token){ TOKEN_END, text, 0 };
	if (*text == '"' || *text == '\'')
		return quoted(text);
	while (in_word(text[length]))
		length++;
	return length ? (struct token){ TOKEN_WORD, text, length } : sign(text);
}

const char *token_end(const struct token *token)
{
	return token->at + token->length + (token->kind == TOKEN_QUOTED);
}

static char fold(char c)
{
	return c == '-' ? '_' : (char)tolower((unsigned char)c);
}

bool token_is(const struct token *token, const char *word)
{
	size_t i = 0;

	if (token->kind != TOKEN_WORD)
		return false;
	while (i < token->length && word[i] && fold(token->at[i]) == fold(word[i]))
		i++;
	return i == token->length && !word[i];
}
