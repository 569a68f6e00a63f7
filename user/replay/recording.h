/* SPDX-License-Identifier: GPL-2.0-only */
/* A capture that was replayed to its end: its flows are there to be asked for, as those of an instance are. */
#ifndef SYNSCOPE_REPLAY_RECORDING_H
#define SYNSCOPE_REPLAY_RECORDING_H

#include "query/source.h"
#include "replay/captures.h"
#include "replay/flows.h"

struct recording {
	struct captures *captures;
	struct replay *replay;
	struct replay_flows flows;
	struct instance instance; /* nothing but a name, that of the file */
	struct flow_source source; /* what flows are decoded and labelled with; it has no table */
	int err; /* of a capture that is damaged (logged): the flows are those before the damage */
};

/*
 * Replay a capture: a file, a directory of them, or "-" for stdin. `services`: see struct flow_labels. `rtt`: with
 * round trips. Returns 0 or a negative errno (logged). The caller closes it in any case; it must not be moved.
 */
int recording_open(struct recording *recording, const char *path, const struct services *services, bool rtt);
void recording_close(struct recording *recording);

/* As replay_flows_each(), and then warns about what is missing. */
int recording_each(struct recording *recording, replay_flows_taker take, void *context);

/* The last part of a path. */
const char *recording_name(const char *path);

#endif
