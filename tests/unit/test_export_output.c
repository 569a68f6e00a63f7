// SPDX-License-Identifier: GPL-2.0-only
/* Export to files and to streams: whose they are, rotation, and peers that go and come. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "export/address.h"
#include "export/destination.h"
#include "export/file.h"
#include "fixture.h"
#include "made_record.h"
#include "suites.h"

/* ---- files */

static char directory[32];

static void make_directory(void)
{
	strcpy(directory, "/tmp/synscope-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void remove_directory(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", directory);
	ck_assert_int_eq(system(command), 0);
}

static const __u64 never;

static void open_file(struct sender *sender, struct address *address, const char *text, __u64 rotate_bytes)
{
	ck_assert_ptr_null(address_parse(text, address));
	sender_init(sender, address, &(struct rotation){ .bytes = rotate_bytes }, &never);
}

START_TEST(files_are_ours)
{
	char text[64], other[64];
	struct sender sender;
	struct address address;
	struct stat file;

	snprintf(text, sizeof(text), "file:%s/flows", directory);
	snprintf(other, sizeof(other), "%s/other", directory);
	open_file(&sender, &address, text, 0);
	umask(0);
	ck_assert_int_eq(sender_open(&sender), 0);
	ck_assert_int_eq(sender_send(&sender, "one\n", 4), 0);
	ck_assert_int_eq(stat(address.path, &file), 0);
	ck_assert_uint_eq(file.st_mode & 0777, 0640);
	ck_assert_int_eq(file.st_size, 4);
	sender_close(&sender);
	ck_assert_int_eq(link(address.path, other), 0);
	ck_assert_int_eq(sender_open(&sender), -EPERM); /* a hard link */
	ck_assert_ptr_nonnull(strstr(sender.why.text, "hard link"));
	ck_assert_int_eq(unlink(address.path), 0);
	ck_assert_int_eq(symlink(other, address.path), 0);
	ck_assert_int_eq(sender_open(&sender), -EPERM);
	ck_assert_ptr_nonnull(strstr(sender.why.text, "symbolic link"));
	ck_assert_int_eq(unlink(address.path), 0);
	ck_assert_int_eq(mkdir(address.path, 0700), 0);
	ck_assert_int_lt(sender_open(&sender), 0);
}
END_TEST

START_TEST(files_are_rotated)
{
	struct sender sender;
	struct address address;
	char text[64], command[160];

	snprintf(text, sizeof(text), "file:%s/flows", directory);
	open_file(&sender, &address, text, 8);
	ck_assert_int_eq(sender_open(&sender), 0);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(sender_send(&sender, "line\n", 5), 0);
		ck_assert_int_eq(file_rotate(&sender), 0);
	}
	sender_close(&sender);
	/* two lines in each of two older files, which may be of the same second, and one in the present one */
	snprintf(command, sizeof(command),
		 "cd %s && [ $(cat flows | wc -l) = 1 ] && [ $(ls | wc -l) = 3 ] && [ $(cat flows.2* | wc -l) = 4 ]",
		 directory);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

/* A message for which there is no room, after `room` bytes. */
static void fail_after(struct sender *sender, rlim_t room)
{
	struct rlimit before, none;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = (struct rlimit){ .rlim_cur = room, .rlim_max = before.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
	ck_assert_int_eq(sender_send(sender, "no room\n", 8), -EFBIG);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
}

static void file_must_be(const struct address *address, const char *expected)
{
	char text[64] = "";
	FILE *file = fopen(address->path, "r");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fread(text, 1, sizeof(text) - 1, file), strlen(expected));
	ck_assert_str_eq(text, expected);
	fclose(file);
}

/* Others append to a file, and logrotate cuts it, while it is open here. */
START_TEST(files_change_meanwhile)
{
	struct sender sender;
	struct address address;
	char text[64], command[160];

	signal(SIGXFSZ, SIG_IGN);
	snprintf(text, sizeof(text), "file:%s/flows", directory);
	open_file(&sender, &address, text, 8);
	ck_assert_int_eq(sender_open(&sender), 0);
	ck_assert_int_eq(sender_send(&sender, "one\n", 4), 0);
	snprintf(command, sizeof(command), "echo other >>%s", address.path);
	ck_assert_int_eq(system(command), 0);
	fail_after(&sender, 12);
	file_must_be(&address, "one\nother\n");
	ck_assert_int_eq(truncate(address.path, 0), 0);
	fail_after(&sender, 2);
	file_must_be(&address, "");
	ck_assert_int_eq(sender_send(&sender, "two\n", 4), 0);
	ck_assert_int_eq(truncate(address.path, 0), 0);
	ck_assert_int_eq(sender_send(&sender, "three\n", 6), 0);
	ck_assert_int_eq(file_rotate(&sender), 0); /* it is not time */
	file_must_be(&address, "three\n");
	sender_close(&sender);
}
END_TEST

/* A file that was renamed, but no other can be opened, is not one that cannot be renamed. */
START_TEST(another_file_is_begun_later)
{
	struct rlimit before, none;
	struct sender sender;
	struct address address;
	char text[64];

	snprintf(text, sizeof(text), "file:%s/flows", directory);
	open_file(&sender, &address, text, 4);
	ck_assert_int_eq(sender_open(&sender), 0);
	ck_assert_int_eq(sender_send(&sender, "one\n", 4), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ .rlim_cur = (rlim_t)sender.fd, .rlim_max = before.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_int_eq(file_rotate(&sender), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert(!sender_is_open(&sender));
	ck_assert_int_ne(access(address.path, F_OK), 0);
	ck_assert_uint_ne(sender.rotation.bytes, 0);
	ck_assert_int_eq(sender_open(&sender), 0);
	file_must_be(&address, "");
	sender_close(&sender);
}
END_TEST

/* ---- streams */

/* A peer that closes the connection is noticed before anything more is sent into it. */
START_TEST(closed_peers_are_noticed)
{
	struct sender sender;
	struct address address;
	int pair[2];

	ck_assert_ptr_null(address_parse("unix:/nowhere", &address));
	sender_init(&sender, &address, &(struct rotation){ 0 }, &never);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	sender.fd = pair[0];
	ck_assert_int_eq(sender_send(&sender, "one\n", 4), 0);
	close(pair[1]);
	ck_assert_int_eq(sender_send(&sender, "two\n", 4), -ECONNRESET);
	sender_close(&sender);
	ck_assert_int_eq(sender_open(&sender), -ENOENT);
}
END_TEST

static int listen_at(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(name.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	return fd;
}

/* Take one line, then close the connection and the socket. */
static void take_line(int listener, const char *path, const char *expected)
{
	char line[4096];
	size_t used = 0;
	ssize_t n = 1;
	int fd = accept(listener, NULL, NULL);

	while (n > 0 && (!used || line[used - 1] != '\n')) {
		n = read(fd, line + used, sizeof(line) - 1 - used);
		used += n > 0 ? n : 0;
	}
	line[used] = '\0';
	ck_assert_msg(strstr(line, expected) && strchr(line, '\n') == line + used - 1, "not one line with %s: %s",
		      expected, line);
	close(fd);
	close(listener);
	ck_assert_int_eq(unlink(path), 0);
}

/* Who was away gets what came meanwhile, and nothing a second time. */
START_TEST(streams_are_connected_again)
{
	const struct destination_options options = { .queue_records = 16 };
	const struct flow_clock clock = flow_clock_now();
	struct export_record record = made_record(1, &clock);
	struct destination_counts counts;
	struct destination destination;
	struct address address;
	char text[64];
	int listener;

	snprintf(text, sizeof(text), "unix:%s/socket", directory);
	ck_assert_ptr_null(address_parse(text, &address));
	listener = listen_at(address.path);
	ck_assert_int_eq(destination_open(&destination, &address, &options), 0);
	record.reason = RECORD_ACTIVE;
	destination_put(&destination, &record);
	take_line(listener, address.path, "\"record\":\"active\"");
	record.reason = RECORD_ENDED;
	destination_put(&destination, &record);
	take_line(listen_at(address.path), address.path, "\"record\":\"ended\"");
	destination_stop(&destination, monotonic_ns() + 10 * S);
	ck_assert(destination_close(&destination));
	destination_counts(&destination, &counts);
	ck_assert_uint_eq(counts.records, 2);
	for (int i = 0; i < LOSS_COUNT; i++)
		ck_assert_uint_eq(counts.lost[i], 0);
}
END_TEST

Suite *export_output_suite(void)
{
	Suite *suite = suite_create("export_output");
	TCase *files = tcase_create("files"), *streams = tcase_create("streams");

	tcase_add_checked_fixture(files, make_directory, remove_directory);
	tcase_add_test(files, files_are_ours);
	tcase_add_test(files, files_are_rotated);
	tcase_add_test(files, files_change_meanwhile);
	tcase_add_test(files, another_file_is_begun_later);
	suite_add_tcase(suite, files);
	tcase_add_checked_fixture(streams, make_directory, remove_directory);
	tcase_add_test(streams, closed_peers_are_noticed);
	tcase_add_test(streams, streams_are_connected_again);
	suite_add_tcase(suite, streams);
	return suite;
}
