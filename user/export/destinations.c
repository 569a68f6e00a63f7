// SPDX-License-Identifier: GPL-2.0-only
#include "export/destinations.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/message.h"

#define LOST_EVERY_NS (60 * NS_PER_S)

static const char *const loss_texts[LOSS_COUNT] = {
	[LOSS_QUEUE_FULL] = "it takes them too slowly, or not at all, and its queue is full (see --queue)",
	[LOSS_TOO_LARGE] = "the path to it takes no packet, or it takes no request, that is large enough for one",
	[LOSS_REFUSED] = "it refused them until its queue was full",
	[LOSS_UNDELIVERED] = "the export ended before they could be sent",
};

static bool are_several_servers(const struct address *addresses, int count)
{
	const struct address *first = NULL;

	for (int i = 0; i < count; i++) {
		if (addresses[i].kind != ADDRESS_HTTP)
			continue;
		if (first && !address_is_same_server(first, &addresses[i]))
			return true;
		first = &addresses[i];
	}
	return false;
}

int destinations_open(struct destinations *destinations, const struct address *addresses, int count,
		      const struct destination_options *options)
{
	struct destination_options with = *options;
	int err = 0;

	with.http.several = are_several_servers(addresses, count);
	*destinations = (struct destinations){ .lost_told_ns = monotonic_ns() };
	destinations->one = array_new(count, sizeof(*destinations->one), "the destinations");
	if (!destinations->one)
		return -ENOMEM;
	for (int i = 0; i < count && !err; i++)
		err = destination_open(&destinations->one[destinations->count++], &addresses[i], &with);
	if (err)
		destinations_close(destinations, 0);
	return err;
}

void destinations_put(struct destinations *destinations, const struct export_record *record)
{
	for (int i = 0; i < destinations->count; i++)
		destination_put(&destinations->one[i], record);
}

bool destinations_reopen(struct destinations *destinations)
{
	bool any = false;

	for (int i = 0; i < destinations->count; i++) {
		if (!address_is_file(&destinations->one[i].address))
			continue;
		destination_reopen(&destinations->one[i]);
		any = true;
	}
	return any;
}

bool destinations_are_finished(const struct destinations *destinations)
{
	for (int i = 0; i < destinations->count; i++)
		if (!destination_is_finished(&destinations->one[i]))
			return false;
	return true;
}

/* ---- messages */

static void tell_state(struct destination *destination)
{
	const char *name = address_name(&destination->address);
	bool failing, not_rotated;
	struct reason why;

	pthread_mutex_lock(&destination->mutex);
	failing = destination->failing;
	not_rotated = destination->not_rotated;
	destination->not_rotated = false;
	why = destination->why;
	pthread_mutex_unlock(&destination->mutex);
	if (not_rotated)
		message_warning("'%s' grows on, because it cannot be renamed: %s", name, why.text);
	if (failing && !destination->told_failing)
		message_warning("cannot export to '%s' now: %s; it is tried again and again, and up to %u records wait",
				name, why.text, destination->options.queue_records);
	if (!failing && destination->told_failing)
		message_info("'%s' takes records again", name);
	destination->told_failing = failing;
}

static void tell_losses(struct destination *destination)
{
	struct destination_counts counts;

	destination_counts(destination, &counts);
	for (int i = 0; i < LOSS_COUNT; i++) {
		if (counts.lost[i] > destination->told_lost[i])
			message_warning("%llu records for '%s' are lost: %s",
					counts.lost[i] - destination->told_lost[i], address_name(&destination->address),
					loss_texts[i]);
		destination->told_lost[i] = counts.lost[i];
	}
}

void destinations_tell(struct destinations *destinations)
{
	__u64 now = monotonic_ns();
	bool losses = now - destinations->lost_told_ns >= LOST_EVERY_NS;

	for (int i = 0; i < destinations->count; i++) {
		tell_state(&destinations->one[i]);
		if (losses)
			tell_losses(&destinations->one[i]);
	}
	if (losses)
		destinations->lost_told_ns = now;
}

void destinations_close(struct destinations *destinations, __u64 within_ns)
{
	__u64 until = monotonic_ns() + within_ns;
	bool hang = false;

	for (int i = 0; i < destinations->count; i++)
		destination_stop(&destinations->one[i], until);
	for (int i = 0; i < destinations->count; i++) {
		hang |= !destination_close(&destinations->one[i]);
		tell_losses(&destinations->one[i]);
	}
	if (!hang) /* a thread that hangs still uses it; the process is about to end */
		free(destinations->one);
	destinations->count = 0;
}
