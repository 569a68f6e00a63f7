// SPDX-License-Identifier: GPL-2.0-only
#include "hostile.h"

#include <check.h>
#include <errno.h>
#include <iconv.h>
#include <string.h>

const char *const hostile_names[] = {
	"\033[2J\033[31m",
	"\033]0;title\a",
	"\302\2332J",
	"\2332J",
	"a\rb\nc\td",
	"\177\b\b",
	("\xe2\x80\xae"
	 "0hte"),
	"\xe2\x81\xa6\xe2\x80\xa8",
	"\xd8\x9c\xef\xbb\xbf",
	"\xc0\x9b\xed\xa0\x80",
	"\xf4\x90\x80\x80\xff",
	"\xe2\x80",
	"\xf3\xa0\x80\x81",
	"=1+1",
	"\xc5\x9b\xe6\x97\xa5",
	NULL,
};

size_t decode(const char **text, size_t *bytes, unsigned int *codes, size_t room)
{
	static iconv_t converter; /* opened once, because opening takes longer than using it */
	size_t left = room * sizeof(*codes), status;
	char *from = (char *)*text, *to = (char *)codes;

	if (!converter)
		converter = iconv_open("UTF-32LE", "UTF-8");
	iconv(converter, NULL, NULL, NULL, NULL);
	status = iconv(converter, &from, bytes, &to, &left);
	if (status == (size_t)-1 && errno != E2BIG)
		ck_abort_msg("not UTF-8 from here on: %s", from);
	*text = from;
	return room - left / sizeof(*codes);
}

/* The characters that are known to do harm, listed here independently of the program. */
static bool does_harm(unsigned int code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e || code == 0x200f ||
	       (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0x2028 ||
	       code == 0x2029 || code == 0x200b || code == 0x200c || code == 0x200d || code == 0xfeff || code == 0xad ||
	       (code >= 0xe0000 && code <= 0xe0fff) || code == 0xfffe || code == 0xffff;
}

void must_be_harmless(const char *text, size_t bytes, bool ascii)
{
	unsigned int codes[256];
	const char *p = text;

	while (bytes) {
		size_t count = decode(&p, &bytes, codes, sizeof(codes) / sizeof(codes[0]));

		for (size_t i = 0; i < count; i++) {
			if (does_harm(codes[i]) || (ascii && codes[i] >= 0x80)) /* few assertions: they are slow */
				ck_abort_msg("U+%04X is in '%s'", codes[i], text);
		}
	}
}

void must_be_harmless_output(const char *text, bool ascii)
{
	size_t bytes;

	for (; *text; text += bytes) {
		bytes = strcspn(text, "\033\n");
		must_be_harmless(text, bytes, ascii);
		if (text[bytes] == '\n') {
			bytes++;
		} else if (text[bytes]) {
			bytes += 2 + strspn(text + bytes + 2, "0123456789;");
			ck_assert_msg(text[bytes] == 'm', "not a colour: %s", text);
			bytes++;
		}
	}
}
