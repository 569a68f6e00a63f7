// SPDX-License-Identifier: GPL-2.0-only
#include "serve/opened.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/message.h"
#include "base/reason.h"
#include "instance/open.h"

#define FIRST_ROUND_MS 60000 /* a thousand instances take a second */

struct opened_instance {
	__u32 number;
	struct instance_told *told;
};

void opened_init(struct opened *opened, int socket)
{
	*opened = (struct opened){ .socket = socket };
}

/* ---- messages */

static void close_all(const int *fds, int count)
{
	for (int i = 0; i < count; i++)
		close(fds[i]);
}

static struct opened_instance *find(const struct opened *opened, __u32 number)
{
	for (size_t i = 0; i < opened->count; i++)
		if (opened->instance[i].number == number)
			return &opened->instance[i];
	return NULL;
}

/* A new one, or NULL without memory (logged). */
static struct opened_instance *add(struct opened *opened, __u32 number)
{
	struct opened_instance *more =
		array_grow(opened->instance, opened->count, &opened->room, sizeof(*more), "the instances");
	struct instance_told *told;

	if (!more)
		return NULL;
	opened->instance = more;
	told = told_new();
	if (!told)
		return NULL;
	more[opened->count] = (struct opened_instance){ .number = number, .told = told };
	return &more[opened->count++];
}

static int take_instance(struct opened *opened, const struct opener_message *message, const int *fds, int count)
{
	struct opened_instance *of = find(opened, message->number);
	struct instance_told *told;
	int next = 0;

	if (!of)
		of = add(opened, message->number);
	if (!of) {
		close_all(fds, count);
		return -ENOMEM;
	}
	opened->changed = true;
	told = of->told;
	told->meta = message->instance.meta;
	told->meta_id = message->instance.meta_id;
	told->other_layout = message->instance.other_layout;
	memcpy(told->fault, message->instance.fault, sizeof(told->fault));
	for (enum instance_object object = 0; object < OBJECT_COUNT; object++) {
		if (told->fd[object] >= 0)
			close(told->fd[object]);
		told->fd[object] = message->instance.objects & 1U << object ? fds[next++] : -1;
	}
	return 0;
}

/* It comes after its instance, which may be read by then. Its ring has the events since before that. */
static int take_place(struct opened *opened, struct instance_told *told, const struct opener_message *message,
		      const int *fds)
{
	opened->changed = true;
	if (told->ring_fd >= 0)
		close(told->ring_fd);
	told->ring_fd = message->place.err ? -1 : fds[0];
	told->events_err = message->place.err;
	told->claim = message->place.claim;
	return 0;
}

static int take_state(struct instance_told *told, const struct opener_state *state)
{
	memcpy(told->counters, state->counters, sizeof(told->counters));
	memcpy(told->interface, state->interface, sizeof(told->interface));
	return 0;
}

static int take_gone(struct opened *opened, struct opened_instance *of)
{
	opened->changed = true;
	of->told->gone = true;
	told_release(of->told);
	*of = opened->instance[--opened->count];
	return 0;
}

/* The descriptors pass to the instance, or are closed. */
static int take(struct opened *opened, const struct opener_message *message, const int *fds, int count)
{
	struct opened_instance *of = find(opened, message->number);

	if (message->kind == OPENER_INSTANCE)
		return take_instance(opened, message, fds, count);
	if (message->kind == OPENER_END) {
		opened->ended = true;
		return 0;
	}
	if (message->kind == OPENER_ROUND) {
		opened->err = message->err;
		opened->rounds++;
		return 0;
	}
	if (!of) {
		close_all(fds, count);
		return -EPROTO;
	}
	if (message->kind == OPENER_PLACE)
		return take_place(opened, of->told, message, fds);
	return message->kind == OPENER_STATE ? take_state(of->told, &message->state) : take_gone(opened, of);
}

int opened_update(struct opened *opened)
{
	struct opener_message message;
	int fds[OPENER_FDS_MAX], count, got;

	for (;;) {
		got = opener_receive(opened->socket, &message, fds, &count);
		if (got == -EAGAIN)
			return 0;
		if (got > 0)
			got = take(opened, &message, fds, count);
		else if (!got && opened->ended)
			return 0;
		else if (!got)
			got = -EPIPE;
		if (got == -EPIPE)
			message_error("the process that opens instances has ended; so does this one");
		else if (got)
			message_error("cannot go on after a message of the process that opens instances: %s",
				      reason_of(got).text);
		if (got)
			return got;
	}
}

int opened_wait(struct opened *opened)
{
	struct pollfd readable = { .fd = opened->socket, .events = POLLIN };
	__u64 end = monotonic_ns() + FIRST_ROUND_MS * NS_PER_MS, now = monotonic_ns();
	int err = 0;

	while (!err && !opened->rounds && !opened->ended && now < end) {
		if (poll(&readable, 1, (int)((end - now) / NS_PER_MS) + 1) > 0)
			err = opened_update(opened);
		now = monotonic_ns();
	}
	if (err || opened->rounds || opened->ended)
		return err;
	message_error("the process that opens instances has not told of any for %d s", FIRST_ROUND_MS / 1000);
	return -ETIMEDOUT;
}

/* ---- what there is */

static int compare_titles(const void *a, const void *b)
{
	const struct instance *const *first = a, *const *second = b;

	return strcmp(instance_title(*first), instance_title(*second));
}

int opened_instances(const struct opened *opened, struct instance ***instances, int *count)
{
	struct instance **found = array_new(opened->count + 1, sizeof(*found), "the instances");

	*instances = NULL;
	*count = 0;
	if (!found || opened->err) {
		free(found);
		return opened->err ? opened->err : -ENOMEM;
	}
	for (size_t i = 0; i < opened->count; i++) {
		found[i] = told_instance(opened->instance[i].told);
		if (!found[i]) {
			message_error("no room for the instances: %s", reason_of(-ENOMEM).text);
			instances_close(found, (int)i);
			return -ENOMEM;
		}
	}
	qsort(found, opened->count, sizeof(*found), compare_titles);
	*instances = found;
	*count = (int)opened->count;
	return 0;
}

void opened_close(struct opened *opened)
{
	for (size_t i = 0; i < opened->count; i++)
		told_release(opened->instance[i].told);
	free(opened->instance);
	if (opened->socket >= 0)
		close(opened->socket);
	*opened = (struct opened){ .socket = -1 };
}
