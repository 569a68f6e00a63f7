/* SPDX-License-Identifier: GPL-2.0-only */
/* An export from beginning to end: of what is attached when it begins, or also of what is attached later. */
#ifndef SYNSCOPE_EXPORT_EXPORTER_H
#define SYNSCOPE_EXPORT_EXPORTER_H

#include "export/destinations.h"
#include "filter/filter.h"

struct export_options {
	const char *name; /* of the instance; NULL: all */
	__u32 active_s;
	struct destination_options to;
	struct address address[DESTINATIONS_MAX];
	int addresses;
	struct filter filter;
};

/* Of a struct export_options. */
#define EXPORT_DEFAULTS .active_s = 60, .to = { .queue_records = 65536 }

/* What an export needs that goes on while instances come and go. */
struct export_follow {
	const char *const *names; /* of the instances that are exported */
	int name_count; /* 0: all */
	int parent; /* a socket; a message in it asks to open files again, and its end is the end of the export */
	struct destination_counts *counts; /* of each destination, brought up to date once a second */
	/* Called when the destinations are open. Returns 0 or a negative errno (logged). */
	int (*ready)(const struct export_follow *follow);
};

/*
 * Export until a signal ends it: if `follow` is NULL what is attached now, until all of it was detached. Returns 0 or a
 * negative errno (logged).
 */
int export_run(const struct export_options *options, const struct export_follow *follow);

#endif
