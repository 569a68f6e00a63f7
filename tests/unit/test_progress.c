// SPDX-License-Identifier: GPL-2.0-only
/* The line that shows the progress of a long operation. */
#include <check.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "base/progress.h"
#include "suites.h"

/* The line for so much progress, on a terminal of that width. */
static const char *said(int columns, __u64 done, __u64 all, __u64 count)
{
	static char text[1024];
	struct progress progress = { .wanted = true, .columns = columns, .what = "flows" };
	struct capture capture = capture_begin(STDERR_FILENO);

	progress_show(&progress, done, all, count);
	progress_end(&progress);
	capture_end(&capture, text, sizeof(text));
	return text;
}

START_TEST(bar_and_percentage)
{
	const char *text = said(80, 50, 100, 4096);

	ck_assert_msg(!strncmp(text, "\r[###############---------------]  50 %  4096 flows, ", 52), "%s", text);
	ck_assert_str_eq(strstr(text, "/s ") + 3, "\r\033[K");
	ck_assert_ptr_nonnull(strstr(said(80, 0, 100, 0), "[------------------------------]   0 %"));
	ck_assert_ptr_nonnull(strstr(said(80, 200, 100, 0), "[##############################] 100 %"));
	ck_assert_ptr_null(strchr(said(40, 50, 100, 4096), '#'));
	ck_assert_ptr_nonnull(strstr(said(40, 50, 100, 4096), "\r 50 %  4096 flows, "));
	ck_assert_ptr_nonnull(strstr(said(80, 50, 0, 4096), "\r4096 flows, "));
}
END_TEST

START_TEST(never_wider_than_the_terminal)
{
	for (int columns = 40; columns < 200; columns++) {
		const char *text = said(columns, 1, 3, 99999999);

		ck_assert_int_le(strcspn(text + 1, "\r"), columns);
	}
}
END_TEST

/* The line is not shown too early, nor without a terminal, nor twice in a short time. */
START_TEST(only_when_due)
{
	struct progress progress = progress_begin("flows", false), never = { 0 },
			once = { .wanted = true, .what = "x" };
	struct capture capture = capture_begin(STDERR_FILENO);
	char text[1024];

	progress_show(&progress, 1, 2, 3);
	progress.wanted = true;
	progress_show(&progress, 1, 2, 3);
	progress_show(&never, 1, 2, 3);
	progress_end(&progress);
	progress_end(&never);
	capture_end(&capture, text, sizeof(text));
	ck_assert_str_eq(text, "");
	capture = capture_begin(STDERR_FILENO);
	for (int i = 0; i < 100; i++)
		progress_show(&once, 1, 2, 3);
	capture_end(&capture, text, sizeof(text));
	ck_assert_ptr_nonnull(strchr(text, '%'));
	ck_assert_int_lt(strlen(text), 1000);
}
END_TEST

Suite *progress_suite(void)
{
	Suite *suite = suite_create("progress");
	TCase *tcase = tcase_create("progress");

	tcase_add_test(tcase, bar_and_percentage);
	tcase_add_test(tcase, never_wider_than_the_terminal);
	tcase_add_test(tcase, only_when_due);
	suite_add_tcase(suite, tcase);
	return suite;
}
