// SPDX-License-Identifier: GPL-2.0-only
#include "replay/captures.h"
#include "replay/ifnames.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/message.h"
#include "base/reason.h"

struct member {
	char *path;
	size_t place; /* in the order in which they were given */
	__u64 first_ns; /* time of its first frame, or of the second one if `stray_first` */
	bool stray_first; /* the first frame, which was not read yet, has a stray time stamp */
	__u64 size; /* 0: not known */
	struct capture_file *file; /* while it is open */
	bool has_next;
	struct capture_frame next; /* its next frame; read only when it is asked for, as a pipe may have none yet */
};

/* Frames may be an hour or a day apart, but rarely more; a stray time stamp is years off. */
#define JUMP_NS (24 * 3600 * NS_PER_S)
#define STRAY_NS (365 * JUMP_NS)

struct captures {
	struct member
		*members; /* in the order of their first frames; of those with the same time, as they were given */
	size_t count, room;
	size_t opened; /* how many have been opened, from the first one on */
	size_t closed; /* how many have been read to the end, likewise */
	struct member *last; /* whose frame was handed out, and is valid until the next call */
	__u64 read_bytes; /* of files that are closed again */
	int err; /* the first failure */
	__u64 time_ns; /* of the last frame that was handed out */
	struct capture_ifnames ifnames;
	int ahead; /* 1: `next` has been read ahead; if `at_end`, what captures_next() returns from now on */
	bool at_end;
	struct capture_frame next;
	__u8 bytes[CAPTURE_HEAD_MAX]; /* of the frame before `next` */
};

/* ---- which files */

static int add(struct captures *captures, const char *path)
{
	struct member *members = array_grow(captures->members, captures->count, &captures->room, sizeof(*members),
					    "the names of the captures");
	struct stat status;
	char *copy;

	if (!members)
		return -ENOMEM;
	captures->members = members;
	copy = text_copy(path, "the name of a capture");
	if (!copy)
		return -ENOMEM;
	members[captures->count] = (struct member){
		.path = copy,
		.place = captures->count,
		.size = !stat(path, &status) && S_ISREG(status.st_mode) ? status.st_size : 0,
	};
	captures->count++;
	return 0;
}

static bool far_apart(__u64 a, __u64 b, __u64 limit)
{
	return a > b + limit || b > a + limit;
}

/* When does the file that was added last begin? Returns 0 or a negative errno of what will fail again in reading. */
static int find_beginning(struct captures *captures, const char *path)
{
	struct member *member = &captures->members[captures->count - 1];
	__u64 times[CAPTURE_PROBED];
	int count = capture_probe(path, times);

	if (count <= 0)
		return count;
	member->stray_first = count == CAPTURE_PROBED && far_apart(times[0], times[1], STRAY_NS) &&
			      !far_apart(times[1], times[2], JUMP_NS);
	member->first_ns = times[member->stray_first];
	return 0;
}

/* A file of a directory. Returns 1 if it is no capture. */
static int add_of_directory(struct captures *captures, const char *directory, const char *name)
{
	char path[PATH_MAX];
	int err = snprintf(path, sizeof(path), "%s/%s", directory, name) < (int)sizeof(path) ? 0 : -ENAMETOOLONG;
	int added = add(captures, path);

	if (added || err)
		return added;
	err = find_beginning(captures, path);
	if (err != -ENODATA && err != -EBADMSG)
		return 0; /* any other failure is logged when the file is opened for reading */
	free(captures->members[--captures->count].path);
	return 1;
}

static bool is_plain(DIR *directory, const struct dirent *entry)
{
	struct stat status;

	return entry->d_name[0] != '.' && !fstatat(dirfd(directory), entry->d_name, &status, 0) &&
	       S_ISREG(status.st_mode);
}

static int refuse_directory(const char *path)
{
	int err = -errno;

	message_error("cannot read the directory %s: %s", path, reason_of(err).text);
	return err;
}

static int add_directory(struct captures *captures, const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	size_t others = 0, before = captures->count;
	char other[NAME_MAX + 1] = "";
	int got = 0;

	if (!directory)
		return refuse_directory(path);
	while (got >= 0 && (entry = readdir(directory))) {
		if (!is_plain(directory, entry))
			continue;
		got = add_of_directory(captures, path, entry->d_name);
		if (got > 0 && !others++)
			snprintf(other, sizeof(other), "%s", entry->d_name);
	}
	closedir(directory);
	if (got < 0)
		return got;
	if (captures->count == before) {
		message_error("there is no capture in the directory %s", path);
		return -ENODATA;
	}
	if (others)
		message_warning("%s: %zu file%s that %s no capture left out, '%s' for one", path, others,
				others == 1 ? "" : "s", others == 1 ? "is" : "are", other);
	return 0;
}

static int add_path(struct captures *captures, const char *path)
{
	struct stat status = { 0 };
	int err;

	if (!strcmp(path, "-"))
		return add(captures, path);
	if (!stat(path, &status) && S_ISDIR(status.st_mode))
		return add_directory(captures, path);
	err = add(captures, path);
	/* What may not be read twice is opened only for reading. A failure is logged then. */
	if (!err && S_ISREG(status.st_mode))
		find_beginning(captures, path);
	return err;
}

static int in_order_of_time(const void *a, const void *b)
{
	const struct member *one = a, *other = b;

	if (one->first_ns != other->first_ns)
		return one->first_ns < other->first_ns ? -1 : 1;
	return one->place < other->place ? -1 : 1;
}

void captures_close(struct captures *captures)
{
	if (!captures)
		return;
	for (size_t i = 0; i < captures->count; i++) {
		capture_close(captures->members[i].file);
		free(captures->members[i].path);
	}
	free(captures->members);
	capture_ifnames_free(&captures->ifnames);
	free(captures);
}

/* ---- merging */

static void fail(struct captures *captures, int err)
{
	if (!captures->err)
		captures->err = err;
}

/* Read the next frame of a file; at its end it is closed. */
static void advance(struct captures *captures, struct member *member)
{
	int got = capture_next(member->file, &member->next), interface;

	member->has_next = got > 0;
	interface = got > 0 ? capture_ifnames_number(&captures->ifnames, member->next.ifname) : 0;
	if (interface < 0)
		fail(captures, interface);
	member->next.interface = interface > 0 ? (__u32)interface : 0;
	if (got > 0 && member->stray_first) {
		member->next.time_ns = member->first_ns;
		member->next.untimed = true;
		member->stray_first = false;
	}
	if (got > 0)
		return;
	if (got < 0)
		fail(captures, got);
	captures->read_bytes += capture_position(member->file);
	capture_close(member->file);
	member->file = NULL;
}

/* Returns 0 or a negative errno (logged). */
static int open_next(struct captures *captures)
{
	struct member *member = &captures->members[captures->opened++];
	int err = capture_open(&member->file, member->path);

	if (err)
		fail(captures, err);
	return err;
}

/* Find the files, and open the first one that can be opened. */
static int open_all(struct captures *captures, const char **paths, size_t count)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++)
		err = add_path(captures, paths[i]);
	if (err)
		return err;
	qsort(captures->members, captures->count, sizeof(*captures->members), in_order_of_time);
	do
		err = open_next(captures);
	while (err && captures->opened < captures->count);
	return err;
}

int captures_open(struct captures **captures, const char **paths, size_t count)
{
	int err;

	*captures = array_new(1, sizeof(**captures), "the captures");
	if (!*captures)
		return -ENOMEM;
	err = open_all(*captures, paths, count);
	if (err) {
		captures_close(*captures);
		*captures = NULL;
	}
	return err;
}

void captures_label(const struct captures *captures, const struct flow_view *view, struct flow_labels *labels)
{
	labels->ifname = capture_ifname(&captures->ifnames, view->ifindex);
	labels->interface_recorded = true;
}

/* The open file with the earliest frame, NULL if none is open. */
static struct member *earliest(struct captures *captures)
{
	struct member *found = NULL;

	for (size_t i = captures->closed; i < captures->opened; i++) {
		struct member *member = &captures->members[i];

		if (member->file && !member->has_next)
			advance(captures, member);
		if (member->file && (!found || member->next.time_ns < found->next.time_ns))
			found = member;
	}
	while (captures->closed < captures->opened && !captures->members[captures->closed].file)
		captures->closed++;
	return found;
}

static int merge_next(struct captures *captures, struct capture_frame *frame)
{
	struct member *next;

	if (captures->last)
		captures->last->has_next = false;
	captures->last = NULL;
	next = earliest(captures);
	while (captures->opened < captures->count &&
	       (!next || captures->members[captures->opened].first_ns <= next->next.time_ns)) {
		open_next(captures);
		next = earliest(captures);
	}
	if (!next)
		return captures->err;
	captures->last = next;
	*frame = next->next;
	return 1;
}

/*
 * The time of a frame is far from that of the last one: do times go on from there, or is it a stray time stamp? The
 * next frame decides. A frame with a stray stamp has no time: the clock stands still, so that no timeout passes.
 */
static void look_ahead(struct captures *captures, struct capture_frame *frame)
{
	__u64 before = captures->time_ns;
	bool stray;

	if (frame->captured)
		memcpy(captures->bytes, frame->data, frame->captured);
	frame->data = captures->bytes;
	captures->ahead = merge_next(captures, &captures->next);
	captures->at_end = captures->ahead <= 0;
	if (captures->at_end)
		stray = far_apart(frame->time_ns, before, STRAY_NS);
	else
		stray = far_apart(captures->next.time_ns, frame->time_ns, JUMP_NS) &&
			!far_apart(captures->next.time_ns, before, JUMP_NS);
	if (stray)
		frame->time_ns = before;
	else
		captures->time_ns = frame->time_ns;
	frame->untimed |= stray;
}

int captures_next(struct captures *captures, struct capture_frame *frame)
{
	int got = 1;

	if (captures->at_end)
		return captures->ahead;
	if (captures->ahead > 0)
		*frame = captures->next;
	else
		got = merge_next(captures, frame);
	captures->ahead = 0;
	if (got <= 0)
		return got;
	if (captures->time_ns && far_apart(frame->time_ns, captures->time_ns, JUMP_NS))
		look_ahead(captures, frame);
	else
		captures->time_ns = frame->time_ns;
	return 1;
}

__u64 captures_size(const struct captures *captures)
{
	__u64 size = 0;

	for (size_t i = 0; i < captures->count; i++) {
		if (!captures->members[i].size)
			return 0;
		size += captures->members[i].size;
	}
	return size;
}

__u64 captures_position(const struct captures *captures)
{
	__u64 position = captures->read_bytes;

	for (size_t i = captures->closed; i < captures->opened; i++)
		if (captures->members[i].file)
			position += capture_position(captures->members[i].file);
	return position;
}
