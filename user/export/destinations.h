/* SPDX-License-Identifier: GPL-2.0-only */
/* All destinations of an export, and what is printed about them. */
#ifndef SYNSCOPE_EXPORT_DESTINATIONS_H
#define SYNSCOPE_EXPORT_DESTINATIONS_H

#include "export/destination.h"

#define DESTINATIONS_MAX 16

struct destinations {
	struct destination *one;
	int count;
	__u64 lost_told_ns; /* when losses were printed last, monotonic */
};

/* Open all of them. Returns 0 or a negative errno (logged), and then none is open. */
int destinations_open(struct destinations *destinations, const struct address *addresses, int count,
		      const struct destination_options *options);

/* Give a copy of the record to each. Does not wait. */
void destinations_put(struct destinations *destinations, const struct export_record *record);

/* Open files by their names again. False: there is none. */
bool destinations_reopen(struct destinations *destinations);

/* Are all of them finished? */
bool destinations_are_finished(const struct destinations *destinations);

/*
 * Print which ones have failed, or recovered, since the last call; and which losses there are, at most once a minute.
 * To be called once a second.
 */
void destinations_tell(struct destinations *destinations);

/* Send what waits, within that time, close all, and print what was lost. */
void destinations_close(struct destinations *destinations, __u64 within_ns);

#endif
