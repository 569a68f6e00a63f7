// SPDX-License-Identifier: GPL-2.0-only
#include "replay/play.h"

int play_all(const struct playing *playing)
{
	struct capture_frame frame;
	__u64 frames = 0;
	int got = 0, err = 0;

	while (!err && (got = captures_next(playing->captures, &frame)) > 0) {
		err = replay_frame(playing->replay, &frame);
		if (!err && playing->after)
			err = playing->after(playing->context, &frame);
		if (++frames % PROGRESS_STRIDE)
			continue;
		progress_show(playing->progress, captures_position(playing->captures), captures_size(playing->captures),
			      frames);
		if (playing->ended && playing->ended(playing->context))
			break;
	}
	progress_end(playing->progress);
	if (!err)
		err = replay_finish(playing->replay);
	return err ? err : got < 0 ? got : 0;
}
