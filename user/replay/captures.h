/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Several captures as one, in the order of time: those of a ring buffer of tcpdump, or of several interfaces. A file is
 * open only from the time of its first frame to its last one.
 */
#ifndef SYNSCOPE_REPLAY_CAPTURES_H
#define SYNSCOPE_REPLAY_CAPTURES_H

#include <stddef.h>

#include "flow/labels.h"
#include "flow/view.h"
#include "replay/capture.h"

struct captures;

/*
 * Each path is a file, a directory, whose captures are taken (other files in it are left out with a warning), or "-"
 * for stdin; none is given twice. The paths are copied. Returns 0 or a negative errno (logged). The caller frees with
 * captures_close().
 */
int captures_open(struct captures **captures, const char **paths, size_t count);
void captures_close(struct captures *captures);

/*
 * The next frame of all. Of a file that is damaged, the frames before the damage are read. Returns 1, 0 at the end, or
 * the first failure there was, when all other files have been read: a negative errno (logged).
 */
int captures_next(struct captures *captures, struct capture_frame *frame);

/* Give the labels the name of the interface where the flow was first seen; NULL if it has none in the capture. */
void captures_label(const struct captures *captures, const struct flow_view *view, struct flow_labels *labels);

/* The size of all files, 0 if that of one is not known, and how many bytes have been read. */
__u64 captures_size(const struct captures *captures);
__u64 captures_position(const struct captures *captures);

#endif
