// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "base/library.h"

#include "suites.h"

/* libz is there wherever the program is. */
struct zlib {
	const char *(*version)(void);
	const char *(*other)(void);
};

static int load(const char *file, const char *function, struct zlib *zlib)
{
	const struct library_function functions[] = { { "zlibVersion", offsetof(struct zlib, version) },
						      { function, offsetof(struct zlib, other) },
						      { 0 } };
	const struct library library = { file, "zlib1g", "testing", functions };

	return library_load(&library, zlib);
}

START_TEST(each_function_is_stored_in_its_place)
{
	struct zlib zlib = { 0 };

	ck_assert_int_eq(load("libz.so.1", "zlibCompileFlags", &zlib), 0);
	ck_assert_int_eq(zlib.version()[0], '1');
	ck_assert_ptr_nonnull(zlib.other);
	ck_assert(zlib.other != zlib.version);
}
END_TEST

START_TEST(a_library_that_is_missing_or_of_another_version_is_an_error)
{
	struct zlib zlib = { 0 };

	ck_assert_int_eq(load("libz.so.1", "zlibOfAnotherVersion", &zlib), -ELIBBAD);
	ck_assert_int_lt(load("libsynscope-nowhere.so.0", "zlibVersion", &zlib), 0);
}
END_TEST

Suite *library_suite(void)
{
	Suite *suite = suite_create("library");
	TCase *tcase = tcase_create("library");

	tcase_add_test(tcase, each_function_is_stored_in_its_place);
	tcase_add_test(tcase, a_library_that_is_missing_or_of_another_version_is_an_error);
	suite_add_tcase(suite, tcase);
	return suite;
}
