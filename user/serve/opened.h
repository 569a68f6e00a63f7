/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The instances that the opener has opened for the server, see opener_message.h. Nothing here needs a right that the
 * server gives up.
 */
#ifndef SYNSCOPE_SERVE_OPENED_H
#define SYNSCOPE_SERVE_OPENED_H

#include "serve/opener_message.h"

struct opened_instance;

struct opened {
	int socket;
	struct opened_instance *instance;
	size_t count, room;
	int err; /* why the opener could not look for instances in its last round, or 0 */
	unsigned int rounds; /* that are complete */
	bool ended; /* a signal asks for the end */
	bool changed; /* an instance has come or gone, is another, or has a place: the receiver resets it */
};

/* Begin with the socket of opener_split(), which is closed by opened_close(). */
void opened_init(struct opened *opened, int socket);

/*
 * Take over what the opener has sent. Call it whenever the socket is readable. Returns 0 or a negative errno (logged):
 * -EPIPE if the opener has ended, -EPROTO if it sends what makes no sense; then the server has to end.
 */
int opened_update(struct opened *opened);

/* Wait for the end of the first round. Returns 0 or a negative errno (logged). */
int opened_wait(struct opened *opened);

/*
 * The instances that there are now, as instances_load() finds them. The caller closes them by
 * instances_close(). Returns 0, or a negative errno if the opener could not look for them (it has said why) or without
 * memory (logged).
 */
int opened_instances(const struct opened *opened, struct instance ***instances, int *count);

void opened_close(struct opened *opened);

#endif
