// SPDX-License-Identifier: GPL-2.0-only
/* Several captures that are read as one, and compressed captures. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "replay/captures.h"
#include "capture_writer.h"
#include "fixture.h"
#include "suites.h"

#define FILES_MAX 4
#define FRAMES_MAX 16
#define BYTES_MAX 4096
#define SECONDS_START 1700000000ULL
#define STRAY 2000000000 /* a time that was not believed */

/*
 * A directory with captures, and the result of reading them as one: the times of the frames, in seconds from the start.
 */
struct room {
	char directory[32];
	int times[FRAMES_MAX];
	int frames;
	int result; /* the result of the last read, or of opening */
	char logged[2048];
};

static void begin_room(struct room *room)
{
	*room = (struct room){ .directory = "/tmp/test_captures.XXXXXX" };
	ck_assert_ptr_nonnull(mkdtemp(room->directory));
}

static void end_room(const struct room *room)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", room->directory);
	ck_assert_int_eq(system(command), 0); // NOLINT(cert-env33-c): a path of our own
}

static const char *path_in(const struct room *room, const char *name, char *path)
{
	snprintf(path, PATH_MAX, "%s/%s", room->directory, name);
	return path;
}

static void put_file(const struct room *room, const char *name, const void *bytes, size_t size)
{
	char path[PATH_MAX];
	FILE *file = fopen(path_in(room, name, path), "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

/* Writes a capture with frames at these seconds, which end with a negative one. Returns its size. */
static size_t write_capture(const int *times, char *bytes, enum capture_format format)
{
	const struct packet packet = { .from = { 1, 40000 }, .to = { 2, 443 }, .seq = 1000, .flags = SEGMENT_SYN };
	struct capture_writer writer = { .format = format, .link = LINK_ETHERNET };
	long size;

	writer.file = fmemopen(bytes, BYTES_MAX, "w");
	ck_assert_ptr_nonnull(writer.file);
	writer_begin(&writer);
	for (; *times >= 0; times++)
		writer_packet(&writer, (SECONDS_START + *times) * S, &packet);
	size = ftell(writer.file);
	fclose(writer.file);
	return size;
}

static void put_capture(const struct room *room, const char *name, const int *times)
{
	char bytes[BYTES_MAX];

	put_file(room, name, bytes, write_capture(times, bytes, FORMAT_PCAP));
}

static void read_frames(struct room *room, struct captures *captures)
{
	struct capture_frame frame;

	while ((room->result = captures_next(captures, &frame)) > 0) {
		ck_assert_int_lt(room->frames, FRAMES_MAX);
		ck_assert_uint_eq(frame.length, 14 + 40);
		room->times[room->frames++] = frame.untimed ? STRAY : (int)(frame.time_ns / S - SECONDS_START);
	}
}

/* Reads files of the directory, by names that end with NULL; "" is the directory itself. */
static void read_files(struct room *room, const char *const *names)
{
	char path[FILES_MAX][PATH_MAX];
	const char *paths[FILES_MAX];
	struct captures *captures;
	struct capture logged;
	size_t count = 0;

	for (; names[count]; count++)
		paths[count] = path_in(room, names[count], path[count]);
	room->frames = 0;
	logged = capture_begin(STDERR_FILENO);
	room->result = captures_open(&captures, paths, count);
	if (!room->result)
		read_frames(room, captures);
	else
		ck_assert_ptr_null(captures);
	captures_close(captures);
	capture_end(&logged, room->logged, sizeof(room->logged));
}

static void check_times(const struct room *room, const int *expected)
{
	int count = 0;

	for (; expected[count] >= 0; count++)
		ck_assert_msg(count < room->frames && room->times[count] == expected[count], "frame %d of %d at %d: %s",
			      count, room->frames, room->times[count], room->logged);
	ck_assert_int_eq(room->frames, count);
}

/* Files of a ring buffer: the names do not tell which file is the oldest. */
START_TEST(in_the_order_of_time)
{
	struct room room;

	begin_room(&room);
	put_capture(&room, "ring0", (int[]){ 20, 21, -1 });
	put_capture(&room, "ring1", (int[]){ 1, 2, -1 });
	put_capture(&room, "ring2", (int[]){ 10, 11, 12, -1 });
	read_files(&room, (const char *[]){ "ring0", "ring1", "ring2", NULL });
	check_times(&room, (int[]){ 1, 2, 10, 11, 12, 20, 21, -1 });
	ck_assert_int_eq(room.result, 0);
	ck_assert_str_eq(room.logged, "");
	end_room(&room);
}
END_TEST

/* Captures of two interfaces. Frames of the same time come in the order in which the files were given. */
START_TEST(interleaved)
{
	struct room room;

	begin_room(&room);
	put_capture(&room, "eth0", (int[]){ 1, 4, 6, -1 });
	put_capture(&room, "eth1", (int[]){ 2, 3, 6, 9, -1 });
	read_files(&room, (const char *[]){ "eth1", "eth0", NULL });
	check_times(&room, (int[]){ 1, 2, 3, 4, 6, 6, 9, -1 });
	end_room(&room);
}
END_TEST

/*
 * A frame whose stamp is years late or early has no time, and the clock stands still for it, also where it is the first
 * or the last one; a gap in the capture is no stray stamp.
 */
START_TEST(stray_stamps)
{
	const int year = 366 * 86400;
	struct room room;

	begin_room(&room);
	put_capture(&room, "stray", (int[]){ 1, 2, 21 * year, 3, 4, 22 * year, -1 });
	read_files(&room, (const char *[]){ "stray", NULL });
	check_times(&room, (int[]){ 1, 2, STRAY, 3, 4, STRAY, -1 });
	put_capture(&room, "gap", (int[]){ 1, 2, 3 * 86400, 3 * 86400 + 1, 2 * year, -1 });
	read_files(&room, (const char *[]){ "gap", NULL });
	check_times(&room, (int[]){ 1, 2, 3 * 86400, 3 * 86400 + 1, STRAY, -1 });
	put_capture(&room, "early", (int[]){ 21 * year, 1, 21 * year + 1, -1 });
	read_files(&room, (const char *[]){ "early", NULL });
	check_times(&room, (int[]){ 21 * year, STRAY, 21 * year + 1, -1 });
	put_capture(&room, "first", (int[]){ 1, 4 * year, 4 * year + 1, -1 });
	read_files(&room, (const char *[]){ "first", NULL });
	check_times(&room, (int[]){ STRAY, 4 * year, 4 * year + 1, -1 });
	put_capture(&room, "last", (int[]){ 4 * year, 4 * year + 1, 1, -1 });
	read_files(&room, (const char *[]){ "last", NULL });
	check_times(&room, (int[]){ 4 * year, 4 * year + 1, STRAY, -1 });
	end_room(&room);
}
END_TEST

/* A damaged, a missing and an empty file do not hide the others, and each is named. */
START_TEST(others_are_read)
{
	char bytes[BYTES_MAX];
	size_t size = write_capture((int[]){ 5, 6, -1 }, bytes, FORMAT_PCAP);
	struct room room;

	begin_room(&room);
	put_capture(&room, "whole", (int[]){ 1, 9, -1 });
	put_file(&room, "cut", bytes, size - 1);
	put_file(&room, "empty", "", 0);
	read_files(&room, (const char *[]){ "empty", "missing", "cut", "whole", NULL });
	check_times(&room, (int[]){ 1, 5, 9, -1 });
	ck_assert_int_lt(room.result, 0);
	ck_assert_ptr_nonnull(strstr(room.logged, "cut is damaged at packet 2"));
	ck_assert_ptr_nonnull(strstr(room.logged, "missing: No such file"));
	ck_assert_ptr_nonnull(strstr(room.logged, "empty is empty"));
	ck_assert_int_eq(count_lines(room.logged), 3);
	end_room(&room);
}
END_TEST

START_TEST(a_directory)
{
	char path[PATH_MAX];
	struct room room;

	begin_room(&room);
	read_files(&room, (const char *[]){ "", NULL });
	ck_assert_int_eq(room.result, -ENODATA);
	ck_assert_ptr_nonnull(strstr(room.logged, "no capture in the directory"));
	put_capture(&room, "a", (int[]){ 3, -1 });
	put_capture(&room, "b", (int[]){ 2, -1 });
	put_capture(&room, ".hidden", (int[]){ 1, -1 });
	put_file(&room, "notes.txt", "These are notes, not packets.", 29);
	ck_assert_int_eq(mkdir(path_in(&room, "below", path), 0700), 0);
	read_files(&room, (const char *[]){ "", NULL });
	check_times(&room, (int[]){ 2, 3, -1 });
	ck_assert_int_eq(room.result, 0);
	ck_assert_ptr_nonnull(strstr(room.logged, "'notes.txt'"));
	ck_assert_int_eq(count_lines(room.logged), 1);
	end_room(&room);
}
END_TEST

/* ---- compressed */

static size_t by_gzip(const char *bytes, size_t size, char *out)
{
	z_stream stream = { .next_in = (unsigned char *)bytes, .avail_in = size };

	ck_assert_int_eq(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_out = (unsigned char *)out;
	stream.avail_out = BYTES_MAX;
	ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return stream.total_out;
}

static size_t by_zstd(const char *bytes, size_t size, char *out)
{
	return ZSTD_compress(out, BYTES_MAX, bytes, size, 3);
}

static size_t (*const compressions[])(const char *bytes, size_t size, char *out) = { by_gzip, by_zstd };

/* Also in two parts that `cat` has joined, and whatever the name. */
START_TEST(compressed)
{
	const int times[] = { 1, 2, 3, -1 };
	char bytes[BYTES_MAX], small[2 * BYTES_MAX];
	struct room room;

	begin_room(&room);
	for (int i = 0; i < 2 * FORMAT_COUNT; i++) {
		size_t size = write_capture(times, bytes, i / 2), half = size / 2, length;

		length = compressions[i % 2](bytes, size, small);
		put_file(&room, "whole", small, length);
		read_files(&room, (const char *[]){ "whole", NULL });
		check_times(&room, times);
		ck_assert_msg(!room.result && !*room.logged, "%s", room.logged);
		length = compressions[i % 2](bytes, half, small);
		length += compressions[i % 2](bytes + half, size - half, small + length);
		put_file(&room, "parts", small, length);
		read_files(&room, (const char *[]){ "parts", NULL });
		check_times(&room, times);
		ck_assert_msg(!room.result && !*room.logged, "%s", room.logged);
	}
	end_room(&room);
}
END_TEST

/*
 * Cut after every byte, and with every byte changed: a prefix of the frames is read, and a message printed unless
 * nothing is missing.
 */
START_TEST(compressed_and_damaged)
{
	const int times[] = { 1, 2, 3, -1 };
	char bytes[BYTES_MAX], small[BYTES_MAX];
	struct room room;

	begin_room(&room);
	for (int i = 0; i < 2; i++) {
		size_t size = write_capture(times, bytes, FORMAT_PCAP), length = compressions[i](bytes, size, small);

		for (size_t cut = 1; cut < length; cut++) {
			put_file(&room, "cut", small, cut);
			read_files(&room, (const char *[]){ "cut", NULL });
			ck_assert_msg(room.result < 0 && count_lines(room.logged) == 1, "cut at %zu: %s", cut,
				      room.logged);
			for (int frame = 0; frame < room.frames; frame++)
				ck_assert_int_eq(room.times[frame], times[frame]);
		}
		memcpy(bytes, small, length);
		memcpy(bytes + length, "garbage", 8);
		put_file(&room, "garbage", bytes, length + 8);
		read_files(&room, (const char *[]){ "garbage", NULL });
		check_times(&room, times);
		ck_assert_int_eq(room.result, -EBADMSG);
	}
	end_room(&room);
}
END_TEST

/* Other compressions are reported by name. */
START_TEST(other_compressions)
{
	static const struct {
		const char *bytes, *name;
	} cases[] = { { "BZh91AY&SY", "bzip2" },
		      { "\xfd"
			"7zXZ",
			"xz" },
		      { "\x04\x22\x4d\x18", "lz4" },
		      { "PK\3\4", "zip" } };
	struct room room;

	begin_room(&room);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put_file(&room, "file", cases[i].bytes, strlen(cases[i].bytes));
		read_files(&room, (const char *[]){ "file", NULL });
		ck_assert_int_eq(room.result, -EPROTONOSUPPORT);
		ck_assert_msg(strstr(room.logged, cases[i].name) != NULL, "%s", room.logged);
	}
	end_room(&room);
}
END_TEST

Suite *captures_suite(void)
{
	Suite *suite = suite_create("captures");
	TCase *tcase = tcase_create("captures");

	tcase_add_test(tcase, in_the_order_of_time);
	tcase_add_test(tcase, interleaved);
	tcase_add_test(tcase, stray_stamps);
	tcase_add_test(tcase, others_are_read);
	tcase_add_test(tcase, a_directory);
	tcase_add_test(tcase, compressed);
	tcase_add_test(tcase, compressed_and_damaged);
	tcase_add_test(tcase, other_compressions);
	suite_add_tcase(suite, tcase);
	return suite;
}
