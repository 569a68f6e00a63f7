// SPDX-License-Identifier: GPL-2.0-only
#include "serve/opener_round.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/reason.h"
#include "instance/close.h"
#include "instance/counters.h"
#include "instance/interface.h"
#include "instance/open.h"
#include "serve/opener_message.h"

#define SEND_WAIT_MS 1000 /* for a server that does not read; what was not sent is sent in the next round */

struct opener_known {
	__u32 number;
	struct instance *instance;
	__u32 sweep_id; /* of the program, which an upgrade replaces */
	bool seen; /* in this round */
	bool gone, is_told, place_is_told;
	bool was_told; /* the server knows its number */
	int rings_fd; /* of the place, or -1 */
	struct event_place place;
	int place_err;
};

/* ---- what is known */

static bool is_wanted(const struct opener_options *options, const struct instance *instance)
{
	for (int i = 0; i < options->name_count; i++)
		if (!strcmp(options->names[i], instance_title(instance)))
			return true;
	return !options->name_count;
}

static __u32 id_of_sweep(const struct instance *instance)
{
	int fd = instance_is_readable(instance) ? instance_open_object(instance, OBJECT_SWEEP) : -ENOENT;
	struct bpf_prog_info info = { 0 };
	__u32 length = sizeof(info);

	if (fd < 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		info.id = 0;
	close(fd);
	return info.id;
}

static void leave_place(struct opener_known *known)
{
	event_place_release(&known->place, known->rings_fd);
	event_place_close(&known->place);
	if (known->rings_fd >= 0)
		close(known->rings_fd);
	known->rings_fd = -1;
}

static void forget(struct opener_known *known)
{
	leave_place(known);
	instance_close(known->instance);
}

/* Is it the instance that is known, whatever has become of it, and not another one of its name? */
static bool is_same(const struct opener_known *known, const struct instance *instance)
{
	return !known->gone && !strcmp(instance_title(known->instance), instance_title(instance)) &&
	       known->instance->meta_id == instance->meta_id &&
	       instance_is_readable(known->instance) == instance_is_readable(instance);
}

static bool has_changed(const struct opener_known *known, const struct instance *instance, __u32 sweep_id)
{
	const char *was = known->instance->fault, *is = instance->fault;

	return known->sweep_id != sweep_id || memcmp(&known->instance->meta, &instance->meta, sizeof(instance->meta)) ||
	       !was != !is || (was && is && strcmp(was, is) != 0);
}

/* An instance was found, which passes to what is known. Returns 0 or -ENOMEM (logged). */
static int meet(struct opener_rounds *rounds, struct instance *instance)
{
	__u32 sweep_id = id_of_sweep(instance);
	struct opener_known *more;

	for (size_t i = 0; i < rounds->count; i++) {
		struct opener_known *known = &rounds->known[i];

		if (!is_same(known, instance))
			continue;
		known->is_told &= !has_changed(known, instance, sweep_id);
		instance_close(known->instance);
		known->instance = instance;
		known->sweep_id = sweep_id;
		known->seen = true;
		return 0;
	}
	more = array_grow(rounds->known, rounds->count, &rounds->room, sizeof(*more), "the instances");
	if (!more) {
		instance_close(instance);
		return -ENOMEM;
	}
	rounds->known = more;
	more[rounds->count++] = (struct opener_known){ .number = ++rounds->last_number,
						       .instance = instance,
						       .sweep_id = sweep_id,
						       .seen = true,
						       .rings_fd = -1,
						       .place = { .ring_fd = -1 } };
	return 0;
}

static int look(struct opener_rounds *rounds)
{
	struct instance **found;
	int count, err = instances_load(&found, &count);

	for (size_t i = 0; i < rounds->count; i++)
		rounds->known[i].seen = err;
	for (int i = 0; i < count && found; i++) {
		if (is_wanted(rounds->options, found[i]) && !err)
			err = meet(rounds, found[i]);
		else
			instance_close(found[i]);
	}
	free(found);
	for (size_t i = 0; i < rounds->count && !err; i++)
		rounds->known[i].gone |= !rounds->known[i].seen;
	return err;
}

/* ---- telling */

/* Returns 0, -EAGAIN if the server does not read, -EPIPE if it has ended, or another negative errno. */
static int tell(const struct opener_rounds *rounds, const struct opener_message *message, const int *fds)
{
	int err = opener_send(rounds->server, message, fds);

	if (err == -EAGAIN || err == -ETOOMANYREFS) {
		struct pollfd writable = { .fd = rounds->server, .events = POLLOUT };

		err = poll(&writable, 1, SEND_WAIT_MS) > 0 ? opener_send(rounds->server, message, fds) : -EAGAIN;
	}
	return err == -ETOOMANYREFS ? -EAGAIN : err == -ECONNRESET ? -EPIPE : err;
}

/* Open what the server gets; what cannot be opened is the fault of the instance. Returns how many. */
static int open_objects(const struct instance *instance, struct opener_instance *told, int fds[OPENER_FDS_MAX])
{
	int count = 0;

	for (enum instance_object object = 0; object < OBJECT_COUNT && !*told->fault; object++) {
		int fd;

		if (!(OPENER_OBJECTS & 1U << object))
			continue;
		fd = instance_open_object(instance, object);
		if (fd >= 0) {
			fds[count++] = fd;
			told->objects |= 1U << object;
		} else if (fd != -ENOENT || !object_is_optional(object)) {
			snprintf(told->fault, sizeof(told->fault), "its '%s' cannot be opened: %s", object_name(object),
				 reason_of(fd).text);
		}
	}
	return count;
}

static void close_all(const int *fds, int count)
{
	for (int i = 0; i < count; i++)
		close(fds[i]);
}

static int tell_instance(const struct opener_rounds *rounds, struct opener_known *known)
{
	struct opener_message message = { .kind = OPENER_INSTANCE, .number = known->number };
	struct opener_instance *told = &message.instance;
	int fds[OPENER_FDS_MAX], count = 0, err;

	told->meta = known->instance->meta;
	told->meta_id = known->instance->meta_id;
	told->other_layout = known->instance->other_layout;
	if (known->instance->fault)
		snprintf(told->fault, sizeof(told->fault), "%s", known->instance->fault);
	if (!*told->meta.name)
		snprintf(told->meta.name, sizeof(told->meta.name), "%.*s", (int)sizeof(told->meta.name) - 1,
			 instance_title(known->instance));
	if (instance_is_readable(known->instance))
		count = open_objects(known->instance, told, fds);
	if (*told->fault) {
		close_all(fds, count);
		told->objects = 0;
		count = 0;
	}
	err = tell(rounds, &message, fds);
	close_all(fds, count);
	known->was_told |= !err;
	known->is_told = !err && !*told->fault; /* what cannot be opened now may be the next time */
	return err;
}

static int take_place(const struct opener_rounds *rounds, struct opener_known *known)
{
	const struct event_wish wish = { .reader = rounds->server_pid,
					 .ring_bytes = event_ring_bytes((int)rounds->count) };
	int slots = instance_open_object(known->instance, OBJECT_READER_SLOTS), err = slots < 0 ? slots : 0;

	if (!err)
		known->rings_fd = instance_open_object(known->instance, OBJECT_READER_RINGS);
	if (!err && known->rings_fd < 0)
		err = known->rings_fd;
	if (!err)
		err = event_place_take(&known->place, known->rings_fd, slots, &wish);
	if (slots >= 0)
		close(slots);
	return err;
}

/* Hold a place for the server: take one if it has none yet, or has lost it. */
static void hold_place(const struct opener_rounds *rounds, struct opener_known *known)
{
	int before = known->place_err;

	if (known->place.slots && event_place_is_held(&known->place))
		return;
	leave_place(known);
	known->place_err = take_place(rounds, known);
	known->place_is_told &= known->place_err && known->place_err == before;
}

static int tell_place(const struct opener_rounds *rounds, struct opener_known *known)
{
	struct opener_message message = { .kind = OPENER_PLACE, .number = known->number };
	int err;

	if (known->place_is_told)
		return 0;
	message.place.claim = known->place.claim;
	message.place.err = known->place_err;
	err = tell(rounds, &message, &known->place.ring_fd);
	known->place_is_told = !err;
	return err;
}

static int tell_state(const struct opener_rounds *rounds, const struct opener_known *known)
{
	const struct instance *instance = known->instance;
	struct opener_message message = { .kind = OPENER_STATE, .number = known->number };
	bool here = instance->meta.netns_inode == rounds->namespace_inode;

	if (instance_counters_read(instance, message.state.counters))
		return 0;
	for (__u32 i = 0; i < instance->meta.interfaces; i++)
		instance_interface_from_here(instance, (int)i, here ? rounds->namespace_socket : -1,
					     &message.state.interface[i]);
	return tell(rounds, &message, NULL);
}

/* Events are kept from before the instance is told: what is served misses no event, however late the place is told. */
static int tell_one(const struct opener_rounds *rounds, struct opener_known *known)
{
	struct opener_message gone = { .kind = OPENER_GONE, .number = known->number };
	bool readable = instance_is_readable(known->instance), has_place = readable && rounds->options->events;
	int err = 0;

	if (known->gone)
		return known->was_told ? tell(rounds, &gone, NULL) : 0;
	if (has_place)
		hold_place(rounds, known);
	if (!known->is_told)
		err = tell_instance(rounds, known);
	if (!err && has_place)
		err = tell_place(rounds, known);
	return err || !readable ? err : tell_state(rounds, known);
}

int opener_round(struct opener_rounds *rounds)
{
	struct opener_message round = { .kind = OPENER_ROUND };
	int look_err = look(rounds), err = 0;
	size_t left = 0;

	for (size_t i = 0; i < rounds->count; i++) {
		struct opener_known *known = &rounds->known[i];

		if (!err)
			err = tell_one(rounds, known);
		if (known->gone && !err)
			forget(known);
		else
			rounds->known[left++] = *known;
	}
	rounds->count = left;
	round.err = look_err;
	if (!err)
		err = tell(rounds, &round, NULL);
	return err == -EAGAIN ? 0 : err ? err : look_err;
}

void opener_rounds_close(struct opener_rounds *rounds)
{
	for (size_t i = 0; i < rounds->count; i++)
		forget(&rounds->known[i]);
	free(rounds->known);
}
