// SPDX-License-Identifier: GPL-2.0-only
#include "instance/events.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "instance/told.h"

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

static int join_place(const struct instance_told *told, struct event_place *place)
{
	int slots = told->fd[OBJECT_READER_SLOTS], ring, err;

	if (told->ring_fd < 0 || slots < 0)
		return told->events_err;
	ring = fcntl(told->ring_fd, F_DUPFD_CLOEXEC, 3);
	err = ring < 0 ? -errno : event_place_join(place, &told->claim, slots, ring);
	if (!err && !event_place_is_held(place)) {
		event_place_close(place);
		err = -EINPROGRESS;
	}
	return err;
}

static int open_told(const struct instance_told *told, struct event_reader *reader, event_handler handler,
		     void *context)
{
	struct event_place place;
	int err = join_place(told, &place);

	*reader = (struct event_reader){ .place = { .ring_fd = -1 } };
	if (err)
		return err;
	err = event_reader_join(reader, &place, handler, context);
	if (!err)
		err = event_reader_start(reader);
	if (err)
		event_reader_leave(reader);
	return err;
}

int instance_events_open(const struct instance *instance, struct event_reader *reader, int instances, __u32 only,
			 event_handler handler, void *context)
{
	int rings, slots, err;

	if (instance->told)
		return open_told(instance->told, reader, handler, context);
	rings = instance_open_object(instance, OBJECT_READER_RINGS);
	slots = instance_open_object(instance, OBJECT_READER_SLOTS);
	err = rings < 0 ? rings : slots < 0 ? slots : 0;
	*reader = (struct event_reader){ .place = { .ring_fd = -1 } };
	if (!err)
		err = event_reader_open(reader, rings, slots, event_ring_bytes(instances), only, handler, context);
	close_if_open(rings);
	close_if_open(slots);
	return err;
}

void instance_events_close(const struct instance *instance, struct event_reader *reader)
{
	int rings;

	if (instance->told) {
		event_reader_leave(reader);
		return;
	}
	rings = instance_open_object(instance, OBJECT_READER_RINGS);
	event_reader_close(reader, rings);
	close_if_open(rings);
}

int instance_events_lost(const struct instance *instance, __u64 *lost)
{
	int fd = instance_open_object(instance, OBJECT_READER_SLOTS), err = fd == -ENOENT ? 0 : fd;

	*lost = 0;
	if (fd >= 0)
		err = event_slots_lost(fd, lost);
	close_if_open(fd);
	return err;
}
