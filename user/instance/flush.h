/* SPDX-License-Identifier: GPL-2.0-only */
/* Forgetting flows: see synscope/sweep.h. */
#ifndef SYNSCOPE_INSTANCE_FLUSH_H
#define SYNSCOPE_INSTANCE_FLUSH_H

#include "flow/reader.h"
#include "instance/instance.h"

#include "synscope/sweep.h"

struct flusher {
	const char *name; /* of the instance */
	int program_fd;
	struct flush_request request; /* the flows that were added since the program last ran */
	__u64 flushed; /* how many flows were removed so far */
};

/*
 * Open the flush program of an instance, which must outlive the flusher. Returns 0 or a negative errno (logged);
 * -ENODEV (not logged): the instance was detached meanwhile.
 */
int flusher_open(struct flusher *flusher, const struct instance *instance);

/* Add a flow; runs the program when a batch is full. Returns 0 or a negative errno (logged). */
int flusher_add(struct flusher *flusher, const struct flow_record *record);

/* Run the program on the flows that were added last. Returns 0 or a negative errno (logged). */
int flusher_run(struct flusher *flusher);

void flusher_close(struct flusher *flusher);

#endif
