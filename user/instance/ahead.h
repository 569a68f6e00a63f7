/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcx programs of others that run before an instance's on the same hook. One that returns another verdict than
 * TCX_NEXT ends the chain, and the instance sees nothing of that packet.
 */
#ifndef SYNSCOPE_INSTANCE_AHEAD_H
#define SYNSCOPE_INSTANCE_AHEAD_H

#include "instance/instance.h"

#define PROGRAM_NAME_MAX 16

enum chain_ends {
	CHAIN_UNKNOWN, /* nothing was sent meanwhile, or this process may not count */
	CHAIN_GOES_ON,
	CHAIN_ENDS, /* packets came to the first program, and none to the instance's */
};

struct program_ahead {
	int interface; /* index in the meta, … */
	enum instance_hook hook; /* … and where on it */
	__u32 id; /* of the first program there */
	char name[PROGRAM_NAME_MAX]; /* "?" if it cannot be known */
	__u32 own_id; /* of the instance's program */
	enum chain_ends ends;
};

/*
 * All that run before programs of the instance, as far as this can be known. If there are any, it takes a fifth of a
 * second: what arrives at both programs is counted. Returns how many there are in *ahead, which the caller frees, or a
 * negative errno (logged). Call it in no particular namespace.
 */
int instance_programs_ahead(const struct instance *instance, struct program_ahead **ahead);

#endif
