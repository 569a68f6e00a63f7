// SPDX-License-Identifier: GPL-2.0-only
/* Directories that are ours alone, and the choice of columns that `top` keeps in one. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own_directory.h"
#include "suites.h"
#include "top/kept.h"

#define NOBODY_KNOWN 54321 /* a user who is not in passwd */

static char place[] = "/tmp/synscope-unit-XXXXXX"; /* of one test */

static void setup(void)
{
	strcpy(place + sizeof(place) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(place));
	setenv("XDG_CONFIG_HOME", place, 1);
}

static void teardown(void)
{
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "rm -rf '%s'", place);
	ck_assert_int_eq(system(command), 0);
}

/* A path below the place. */
static const char *at(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", place, name);
	return path;
}

static int open_at(const char *name, bool make)
{
	struct reason why;
	int fd = own_directory_open(at(name), make, &why);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

START_TEST(made)
{
	struct stat file;

	ck_assert_int_eq(open_at("a/b", false), -ENOENT);
	ck_assert_int_eq(open_at("a/b", true), 0);
	ck_assert_int_eq(open_at("a/b", false), 0);
	ck_assert_int_eq(stat(at("a/b"), &file), 0);
	ck_assert_int_eq(file.st_mode & 07777, 0700);
	ck_assert_int_eq(open_at("a//b/", false), 0);
}
END_TEST

START_TEST(links_of_ours)
{
	mkdir(at("real"), 0700);
	ck_assert_int_eq(symlink("real", at("link")), 0);
	ck_assert_int_eq(open_at("link/below", true), 0);
	ck_assert_int_eq(access(at("real/below"), F_OK), 0);
}
END_TEST

START_TEST(open_to_others)
{
	mkdir(at("open"), 0700);
	chmod(at("open"), 0777);
	ck_assert_int_eq(open_at("open/below", true), -EPERM);
	ck_assert_int_eq(open_at("open", false), -EPERM);
	chmod(at("open"), 01777); /* as /tmp is */
	ck_assert_int_eq(open_at("open/below", true), 0);
}
END_TEST

/* Only root can make what belongs to somebody else. */
START_TEST(of_somebody_else)
{
	if (geteuid())
		return;
	mkdir(at("real"), 0700);
	ck_assert_int_eq(symlink("real", at("link")), 0);
	ck_assert_int_eq(lchown(at("link"), 65534, 65534), 0);
	ck_assert_int_eq(open_at("link", false), -EPERM);
	ck_assert_int_eq(open_at("link/below", true), -EPERM);
	ck_assert_int_ne(access(at("real/below"), F_OK), 0);
	mkdir(at("theirs"), 0755);
	ck_assert_int_eq(chown(at("theirs"), 65534, 65534), 0);
	ck_assert_int_eq(open_at("theirs", false), -EPERM);
	ck_assert_int_eq(open_at("theirs/below", true), -EPERM);
}
END_TEST

/* ---- the columns */

static struct top_columns chosen(void)
{
	struct top_columns columns = top_columns_default();

	columns.shown[FLOW_COLUMN_MSS] = false;
	top_columns_move(&columns, FLOW_COLUMN_IDLE, -1);
	return columns;
}

static void write_file(const char *text, size_t bytes)
{
	FILE *file = fopen(at("synscope/top"), "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, bytes, file), bytes);
	fclose(file);
}

static void must_be_default(const struct top_columns *columns)
{
	struct top_columns standard = top_columns_default();

	ck_assert_mem_eq(columns->order, standard.order, sizeof(standard.order));
	ck_assert_mem_eq(columns->shown, standard.shown, sizeof(standard.shown));
}

START_TEST(kept)
{
	struct top_columns columns = chosen(), read;
	struct reason why;
	struct stat file;

	ck_assert_int_eq(top_kept_read(&read, &why), 0);
	must_be_default(&read);
	for (int i = 0; i < 2; i++) { /* it is made, and replaced */
		ck_assert_msg(!top_kept_write(&columns, &why), "%s", why.text);
		ck_assert_int_eq(top_kept_read(&read, &why), 0);
		ck_assert_mem_eq(read.order, columns.order, sizeof(columns.order));
		ck_assert_mem_eq(read.shown, columns.shown, sizeof(columns.shown));
		ck_assert_int_eq(stat(at("synscope/top"), &file), 0);
		ck_assert_int_eq(file.st_mode & 07777, 0600);
		columns.shown[FLOW_COLUMN_AGE] = false;
	}
}
END_TEST

START_TEST(damaged)
{
	static const struct {
		const char *text;
		size_t bytes;
		const char *why;
	} files[] = {
		{ "+flow\nclient\n", 13, "line 2 does not begin with + or -: 'client'" },
		{ "+flow\n\0", 7, "is not a list of columns" },
		{ "\x7f"
		  "ELF",
		  4, "line 1 does not begin with + or -" },
	};
	struct top_columns columns;
	struct reason why;

	mkdir(at("synscope"), 0700);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		write_file(files[i].text, files[i].bytes);
		ck_assert_int_lt(top_kept_read(&columns, &why), 0);
		ck_assert_msg(strstr(why.text, files[i].why) && strstr(why.text, place), "%s", why.text);
		must_be_default(&columns);
	}
	ck_assert_int_eq(truncate(at("synscope/top"), 1 << 20), 0);
	ck_assert_int_lt(top_kept_read(&columns, &why), 0);
	unlink(at("synscope/top"));
	mkdir(at("synscope/top"), 0700);
	ck_assert_int_lt(top_kept_read(&columns, &why), 0);
	columns = chosen();
	ck_assert_int_lt(top_kept_write(&columns, &why), 0); /* and nothing else is left there */
	ck_assert_int_eq(rmdir(at("synscope/top")), 0);
	ck_assert_int_eq(rmdir(at("synscope")), 0);
}
END_TEST

/* A user without a home has nothing kept, whatever was read before; only root can be one. */
START_TEST(no_home)
{
	struct top_columns columns = chosen();
	struct reason why;

	if (geteuid())
		return;
	mkdir(at("synscope"), 0700);
	write_file("", 0);
	unsetenv("HOME");
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(top_kept_read(&columns, &why), 0);
		must_be_default(&columns);
		unsetenv("XDG_CONFIG_HOME");
		ck_assert_int_eq(seteuid(NOBODY_KNOWN), 0);
	}
	ck_assert_int_eq(top_kept_write(&columns, &why), -ENOENT);
	ck_assert_str_eq(why.text, "this user has no home directory");
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* A link in the place of the file is replaced, not followed. */
START_TEST(link_for_a_file)
{
	struct top_columns columns = chosen();
	struct reason why;
	char other[PATH_MAX];
	struct stat file;

	mkdir(at("synscope"), 0700);
	write_file("+flow\n", 6);
	strcpy(other, at("other"));
	ck_assert_int_eq(rename(at("synscope/top"), other), 0);
	ck_assert_int_eq(symlink(other, at("synscope/top")), 0);
	ck_assert_int_lt(top_kept_read(&columns, &why), 0);
	ck_assert_msg(strstr(why.text, "symbolic link"), "%s", why.text);
	ck_assert_int_eq(top_kept_write(&columns, &why), 0);
	ck_assert_int_eq(stat(at("other"), &file), 0);
	ck_assert_int_eq(file.st_size, 6);
	ck_assert_int_eq(top_kept_read(&columns, &why), 0);
}
END_TEST

Suite *own_directory_suite(void)
{
	Suite *suite = suite_create("own_directory");
	TCase *tcase = tcase_create("own_directory");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, made);
	tcase_add_test(tcase, links_of_ours);
	tcase_add_test(tcase, open_to_others);
	tcase_add_test(tcase, of_somebody_else);
	tcase_add_test(tcase, kept);
	tcase_add_test(tcase, damaged);
	tcase_add_test(tcase, no_home);
	tcase_add_test(tcase, link_for_a_file);
	suite_add_tcase(suite, tcase);
	return suite;
}
