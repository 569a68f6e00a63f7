/* SPDX-License-Identifier: GPL-2.0-only */
/* From the frames of captures to a replay, in their order. */
#ifndef SYNSCOPE_REPLAY_PLAY_H
#define SYNSCOPE_REPLAY_PLAY_H

#include "base/progress.h"
#include "replay/captures.h"
#include "replay/replay.h"

struct playing {
	struct captures *captures;
	struct replay *replay;
	struct progress *progress;
	int (*after)(void *context, const struct capture_frame *frame); /* after each frame; NULL: nothing */
	bool (*ended)(void *context); /* looked at now and then: is nobody interested any more? NULL: never */
	void *context;
};

/*
 * Replay all frames, or those before the first damaged one. Returns 0 or the first failure, a negative errno (logged).
 */
int play_all(const struct playing *playing);

#endif
