// SPDX-License-Identifier: GPL-2.0-only
/* Files that are no history, of other versions, damaged, made to do harm, or of other people. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/terminal.h"
#include "filter_tree.h"
#include "fixture.h"
#include "format/detail.h"
#include "history/row.h"
#include "history_fixture.h"
#include "suites.h"

#define FLOWS 300
#define MESSAGE_SIZE 1024

static const struct filter all;

static int count_flow(void *context, const struct history_found *found)
{
	(void)found;
	++*(int *)context;
	return 0;
}

static struct history_flow *many_flows(void)
{
	struct history_flow *flows = calloc(FLOWS, sizeof(*flows));

	for (size_t i = 0; i < FLOWS; i++)
		flows[i] = some_flow_of_history();
	return flows;
}

/* ---- other versions, and damage */

/* What the reader says; `err`: what it must return. */
static const char *refusal(int err)
{
	static char text[MESSAGE_SIZE];
	struct capture capture = capture_begin(STDERR_FILENO);
	struct history_reader reader;
	int found = history_reader_open(&reader, HISTORY_PATH, NULL);
	int count = 0;

	if (!found)
		found = history_each(&reader, &all, HISTORY_ANY_ORDER, count_flow, &count);
	found = history_reader_close(&reader, found);
	capture_end(&capture, text, sizeof(text));
	ck_assert_msg(found == err, "%d, not %d: %s", found, err, text);
	return text;
}

START_TEST(other_versions)
{
	struct history_flow flows[] = { some_flow_of_history(), some_flow_of_history() };
	struct history_writer writer;
	struct reason why;

	strcpy(flows[1].origin.instance, "other");
	history_write(flows, 2);
	history_sql("UPDATE sources SET layout = 6, version = '0.0.9' WHERE instance = 'other'");
	ck_assert_ptr_nonnull(
		strstr(refusal(-EPROTONOSUPPORT), "that version 0.0.9 has written (layout 6, little-endian)"));
	history_sql("PRAGMA user_version = 2");
	ck_assert_ptr_nonnull(strstr(refusal(-EPROTONOSUPPORT), "tables of version 2; this version knows 1"));
	ck_assert_int_eq(history_writer_open(&writer, HISTORY_PATH, &(struct history_keep){ 0 }, &why),
			 -EPROTONOSUPPORT);
	history_sql("PRAGMA application_id = 5");
	ck_assert_ptr_nonnull(strstr(refusal(-EPROTO), "no history of synscope"));
	ck_assert_int_eq(history_writer_open(&writer, HISTORY_PATH, &(struct history_keep){ 0 }, &why), -EPROTO);
}
END_TEST

static const char *const damages[] = {
	"UPDATE flows SET record = x'00'",
	"UPDATE flows SET tunnel = x'0000'",
	"UPDATE flows SET retired = 77",
	"UPDATE flows SET source = 99",
	"UPDATE flows SET record = zeroblob(100000)",
	"UPDATE flows SET record = ''",
};

START_TEST(damaged_rows)
{
	struct history_flow flow = some_flow_of_history();

	history_write(&flow, 1);
	history_sql(damages[_i]);
	ck_assert_ptr_nonnull(strstr(refusal(-EBADMSG), "is damaged: row 1 of its table 'flows'"));
}
END_TEST

static int print_everything(void *context, const struct history_found *found)
{
	const struct flow_record record = { .hot = found->flow->hot, .cold = found->flow->cold };
	static const struct detail_style json = { .format = OUTPUT_JSON }, table = { .format = OUTPUT_TABLE };
	struct terminal terminal = { 0 };
	struct ladder_step steps[LADDER_KEPT];
	struct ladder ladder;

	ladder_of_record(&ladder, steps, &record);
	flow_detail_print(context, &json, &terminal, &found->view, &ladder, &found->labels);
	flow_detail_print(context, &table, &terminal, &found->view, &ladder, &found->labels);
	return 0;
}

/* Records of random bytes are refused or printed. */
START_TEST(made_to_do_harm)
{
	struct history_flow flow = some_flow_of_history();
	struct capture capture = capture_begin(STDERR_FILENO);
	char text[MESSAGE_SIZE];
	struct buffer out;
	__u8 *bytes = (__u8 *)&flow;

	history_write(&flow, 1);
	ck_assert_int_eq(buffer_init(&out, BUFFER_MEMORY), 0);
	for (int round = 0; round < 1000; round++) {
		struct history_found found = { .flow = &flow };

		for (size_t i = 0;
		     i < sizeof(flow.hot) + sizeof(flow.cold) - sizeof(flow.cold.opening) - sizeof(flow.cold.closing);
		     i++)
			bytes[i] = (__u8)chance(256);
		history_view_at(&found.view, &flow, HISTORY_NOW_NS);
		found.labels = history_labels(&flow, NULL);
		print_everything(&out, &found);
		out.used = 0;
	}
	buffer_free(&out);
	capture_end(&capture, text, sizeof(text));
}
END_TEST

/* A file of which a part is missing, or has become something else, is an error, or is read without it. */
START_TEST(damaged_files)
{
	struct history_flow *flows = many_flows();
	static __u8 whole[1 << 20], bytes[1 << 20];
	struct capture capture = capture_begin(STDERR_FILENO);
	size_t size;
	char text[MESSAGE_SIZE];
	FILE *file;

	history_write(flows, FLOWS);
	file = fopen(HISTORY_PATH, "re");
	size = fread(whole, 1, sizeof(whole), file);
	fclose(file);
	for (int round = 0; round < 150; round++) {
		size_t rest = round % 3 ? size : 100 + chance((__u32)size - 100);
		struct history_reader reader;
		int count = 0;

		memcpy(bytes, whole, size);
		for (int i = 0; i < 20 && round % 3; i++)
			bytes[chance((__u32)size)] = (__u8)chance(256);
		file = fopen(HISTORY_PATH, "we");
		fwrite(bytes, 1, rest, file);
		fclose(file);
		if (!history_reader_open(&reader, HISTORY_PATH, NULL))
			history_each(&reader, &all, HISTORY_ANY_ORDER, count_flow, &count);
		history_reader_close(&reader, 0);
	}
	capture_end(&capture, text, sizeof(text));
	free(flows);
}
END_TEST

START_TEST(what_is_a_history)
{
	struct history_flow flow = some_flow_of_history();
	int fd = open("text", O_WRONLY | O_CREAT, 0600);

	ck_assert_int_eq(write(fd, "SQLite format 4 and more", 24), 24);
	close(fd);
	history_write(&flow, 1);
	ck_assert(history_is_file(HISTORY_PATH));
	ck_assert(!history_is_file("text"));
	ck_assert(!history_is_file("."));
	ck_assert(!history_is_file("missing"));
}
END_TEST

/* ---- files of others */

static const char *refused_to_write(const char *path)
{
	static struct reason why;
	struct history_writer writer;

	ck_assert_int_eq(history_writer_open(&writer, path, &(struct history_keep){ 0 }, &why), -EPERM);
	return why.text;
}

START_TEST(nobody_elses_file)
{
	struct history_flow flow = some_flow_of_history();
	struct stat file;

	umask(0);
	history_write(&flow, 1);
	ck_assert_int_eq(stat(HISTORY_PATH, &file), 0);
	ck_assert_int_eq(file.st_mode & 07777, 0600);
	ck_assert_int_eq(symlink(HISTORY_PATH, "link"), 0);
	ck_assert_ptr_nonnull(strstr(refused_to_write("link"), "symbolic link"));
	ck_assert_int_eq(link(HISTORY_PATH, "second"), 0);
	ck_assert_ptr_nonnull(strstr(refused_to_write(HISTORY_PATH), "second name"));
	ck_assert_ptr_nonnull(strstr(refused_to_write("/dev/null"), "not a file"));
}
END_TEST

Suite *history_files_suite(void)
{
	Suite *suite = suite_create("history_files");
	TCase *tcase = tcase_create("history_files");

	tcase_add_checked_fixture(tcase, history_directory_begin, history_directory_end);
	tcase_add_test(tcase, other_versions);
	tcase_add_loop_test(tcase, damaged_rows, 0, sizeof(damages) / sizeof(damages[0]));
	tcase_add_test(tcase, made_to_do_harm);
	tcase_add_test(tcase, damaged_files);
	tcase_add_test(tcase, what_is_a_history);
	tcase_add_test(tcase, nobody_elses_file);
	tcase_set_timeout(tcase, 300);
	suite_add_tcase(suite, tcase);
	return suite;
}
