// SPDX-License-Identifier: GPL-2.0-only
#include "export/exporter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/message.h"
#include "base/signals.h"
#include "export/collector.h"
#include "instance/open.h"

#define DRAIN_NS (5 * NS_PER_S) /* for what waits at the end */
#define LOOK_NS NS_PER_S
#define LOOK_AFTER_ERROR_NS (10 * NS_PER_S) /* each one is logged */
#define OBJECTS (OBJECTS_EVENTS | 1U << OBJECT_SWEEP)

/*
 * Instances that were found together. What was detached is kept until no record waits that has the name of it, and one
 * that cannot be read as long as it is there.
 */
struct exported {
	struct flow_sources sources; /* none: it could not begin */
	struct collector collector;
	__u32 meta_id; /* of the only instance, to tell it from another one with its name */
	int events_err; /* see struct flow_source; of a try that failed */
	__u64 again_ns; /* when to try again what ended by an error; 0: never */
	bool ended, is_there;
};

struct exporter {
	const struct export_options *options;
	const struct export_follow *follow;
	struct destinations destinations;
	struct exported **one;
	size_t count, room;
	struct pollfd *fds;
	int signals;
	__u64 look_ns; /* when to look for instances again */
};

enum { FD_SIGNALS, FD_PARENT, FD_FIRST };

/* ---- instances */

static void end_one(struct exported *exported)
{
	if (!exported->ended)
		collector_close(&exported->collector);
	exported->ended = true;
}

static void free_one(struct exported *exported)
{
	flow_sources_close(&exported->sources);
	free(exported);
}

/*
 * Export the instance of that name, or all. `events_err`: of the last try, which is not logged again. Returns 0 or a
 * negative errno (logged).
 */
static int begin_one(struct exporter *exporter, const char *name, int events_err, struct exported **begun)
{
	struct exported **more =
		array_grow(exporter->one, exporter->count, &exporter->room, sizeof(*more), "the instances");
	struct exported *exported = more ? array_new(1, sizeof(*exported), "the instances") : NULL;
	int err;

	if (more)
		exporter->one = more;
	if (!exported)
		return -ENOMEM;
	*begun = more[exporter->count++] = exported;
	exported->ended = true;
	err = flow_sources_open(&exported->sources, name, OBJECTS);
	if (!err && !exported->sources.count)
		err = -ENOENT;
	for (int i = 0; i < exported->sources.count; i++)
		exported->sources.source[i].events_err = events_err;
	if (!err)
		err = collector_open(&exported->collector, &exported->sources, &exporter->options->filter,
				     &exporter->destinations, exporter->options->active_s * NS_PER_S);
	exported->ended = err;
	return err;
}

static bool is_wanted(const struct exporter *exporter, const struct instance *instance)
{
	const struct export_follow *follow = exporter->follow;

	for (int i = 0; i < follow->name_count; i++)
		if (!strcmp(follow->names[i], instance_title(instance)))
			return instance_is_readable(instance);
	return !follow->name_count && instance_is_readable(instance);
}

/* The last try to export an instance, or NULL. */
static struct exported *find_known(const struct exporter *exporter, const struct instance *instance)
{
	for (size_t i = exporter->count; i; i--)
		if (exporter->one[i - 1]->meta_id == instance->meta_id)
			return exporter->one[i - 1];
	return NULL;
}

/* What an error of this process has ended is tried again later; an instance that cannot be read is not. */
static void note_failure(struct exported *exported, int err)
{
	if (exported->sources.count)
		exported->events_err = exported->sources.source[0].events_err;
	exported->again_ns = err == -EPROTONOSUPPORT ? 0 : monotonic_ns() + LOOK_AFTER_ERROR_NS;
}

/* Export an instance that was found, unless it is exported already, or was tried a moment ago. */
static void take(struct exporter *exporter, const struct instance *instance)
{
	struct exported *known = find_known(exporter, instance), *begun = NULL;
	int err;

	if (known && (!known->ended || !known->again_ns || monotonic_ns() < known->again_ns)) {
		known->is_there = true;
		return;
	}
	err = begin_one(exporter, instance->meta.name, known ? known->events_err : 0, &begun);
	if (!begun)
		return;
	begun->meta_id = instance->meta_id;
	begun->is_there = true;
	if (!err)
		return;
	note_failure(begun, err);
	flow_sources_close(&begun->sources);
}

static bool any_record_waits(struct exporter *exporter)
{
	struct destination_counts counts;
	bool any = false;

	for (int i = 0; i < exporter->destinations.count; i++) {
		destination_counts(&exporter->destinations.one[i], &counts);
		any |= counts.waiting;
	}
	return any;
}

static void forget_ended(struct exporter *exporter)
{
	size_t left = 0;
	bool keep = any_record_waits(exporter);

	for (size_t i = 0; i < exporter->count; i++) {
		struct exported *exported = exporter->one[i];

		if ((keep && exported->sources.count) || exported->is_there || !exported->ended)
			exporter->one[left++] = exported;
		else
			free_one(exported);
	}
	exporter->count = left;
}

/* Export what is new. What is wrong with an instance is logged, and keeps no other one from being exported. */
static void look(struct exporter *exporter)
{
	struct instance **found;
	int count, err = instances_load(&found, &count);

	exporter->look_ns = monotonic_ns() + (err ? LOOK_AFTER_ERROR_NS : LOOK_NS);
	for (size_t i = 0; i < exporter->count; i++)
		exporter->one[i]->is_there = err;
	for (int i = 0; i < count && !err; i++)
		if (is_wanted(exporter, found[i]))
			take(exporter, found[i]);
	instances_close(found, count);
	forget_ended(exporter);
}

/* ---- the loop */

static void publish(struct exporter *exporter)
{
	for (int i = 0; i < exporter->destinations.count; i++)
		destination_counts(&exporter->destinations.one[i], &exporter->follow->counts[i]);
}

/* Returns how many events there were, -ENODEV if nothing is left, or another negative errno (logged). */
static int step(struct exporter *exporter)
{
	int sum = 0, left = 0, err = 0;

	if (exporter->follow && monotonic_ns() >= exporter->look_ns) {
		look(exporter);
		destinations_tell(&exporter->destinations);
		publish(exporter);
	}
	for (size_t i = 0; i < exporter->count; i++) {
		struct exported *exported = exporter->one[i];
		int got = exported->ended ? -ENODEV : collector_step(&exported->collector);

		if (got < 0 && got != -ENODEV)
			note_failure(exported, got);
		if (got < 0)
			end_one(exported);
		else
			sum += got;
		left += got >= 0;
		err = got < 0 && got != -ENODEV ? got : err;
	}
	if (exporter->follow)
		return sum;
	return err ? err : left ? sum : -ENODEV;
}

/* Returns how many descriptors there are, or a negative errno (logged). */
static int fill_polls(struct exporter *exporter, int *timeout)
{
	int count = FD_FIRST, next = FD_FIRST;
	__u64 now = monotonic_ns();
	struct pollfd *more;

	for (size_t i = 0; i < exporter->count; i++)
		count += exporter->one[i]->ended ? 0 : exporter->one[i]->collector.count;
	more = realloc(exporter->fds, count * sizeof(*more));
	if (!more) {
		message_error("no memory to wait for events");
		return -ENOMEM;
	}
	exporter->fds = more;
	more[FD_SIGNALS] = (struct pollfd){ .fd = exporter->signals, .events = POLLIN };
	more[FD_PARENT] = (struct pollfd){ .fd = exporter->follow ? exporter->follow->parent : -1, .events = POLLIN };
	*timeout = !exporter->follow	     ? -1
		   : now < exporter->look_ns ? (int)((exporter->look_ns - now) / NS_PER_MS) + 1
					     : 0;
	for (size_t i = 0; i < exporter->count; i++) {
		const struct exported *exported = exporter->one[i];
		int due;

		if (exported->ended)
			continue;
		due = collector_poll(&exported->collector, more + next);
		next += exported->collector.count;
		*timeout = *timeout < 0 || due < *timeout ? due : *timeout;
	}
	return count;
}

/* Do what the parent asks for. Returns 0, or 1 at the end. */
static int hear_parent(struct exporter *exporter)
{
	char asked;

	if (recv(exporter->follow->parent, &asked, 1, MSG_DONTWAIT) != 1)
		return 1;
	destinations_reopen(&exporter->destinations);
	return 0;
}

/* Wait until there is something to do. Returns 0, 1 at the end, or a negative errno (logged). */
static int wait_for_work(struct exporter *exporter, bool busy)
{
	int timeout, count = fill_polls(exporter, &timeout);
	enum signal_action action;

	if (count < 0)
		return count;
	poll(exporter->fds, count, busy ? 0 : timeout);
	if (exporter->fds[FD_PARENT].revents && hear_parent(exporter))
		return 1;
	if (!exporter->follow && destinations_are_finished(&exporter->destinations))
		return 1;
	if (!exporter->fds[FD_SIGNALS].revents)
		return 0;
	action = signals_read_hangup(exporter->signals);
	if (action == SIGNAL_HANGUP)
		return !destinations_reopen(&exporter->destinations);
	return action == SIGNAL_END;
}

/* Returns 0 after a normal end, or a negative errno (logged). */
static int loop(struct exporter *exporter)
{
	int got, err = 0;

	do {
		got = step(exporter);
		if (got >= 0)
			err = wait_for_work(exporter, got > 0);
	} while (got >= 0 && !err);
	if (err)
		return err < 0 ? err : 0;
	return got == -ENODEV ? 0 : got;
}

/* ---- from beginning to end */

static int run_into(struct exporter *exporter)
{
	const struct export_options *options = exporter->options;
	struct exported *begun = NULL;
	int err;

	if (exporter->follow)
		return loop(exporter);
	err = begin_one(exporter, options->name, 0, &begun);
	if (err == -ENOENT && begun && !begun->sources.count && !options->name)
		instances_print_none();
	if (!err)
		err = loop(exporter);
	return err ? err : begun->sources.refused ? -EPROTONOSUPPORT : 0;
}

static void close_all(struct exporter *exporter)
{
	for (size_t i = 0; i < exporter->count; i++)
		end_one(exporter->one[i]);
	destinations_close(&exporter->destinations, DRAIN_NS);
	for (size_t i = 0; i < exporter->count; i++) /* their names are in records */
		free_one(exporter->one[i]);
	free(exporter->one);
	free(exporter->fds);
}

static int open_and_run(struct exporter *exporter)
{
	const struct export_options *options = exporter->options;
	const struct export_follow *follow = exporter->follow;
	int err = destinations_open(&exporter->destinations, options->address, options->addresses, &options->to);

	if (err)
		return err;
	err = follow ? follow->ready(follow) : 0;
	if (!err)
		err = run_into(exporter);
	close_all(exporter);
	return err;
}

int export_run(const struct export_options *options, const struct export_follow *follow)
{
	struct exporter exporter = { .options = options, .follow = follow, .signals = signals_open(false) };
	int err;

	if (exporter.signals < 0)
		return exporter.signals;
	err = open_and_run(&exporter);
	close(exporter.signals);
	return err;
}
