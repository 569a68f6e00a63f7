/* SPDX-License-Identifier: GPL-2.0-only */
/* A replay in this process, by the programs compiled for it (bpf/host). One at a time. */
#ifndef SYNSCOPE_REPLAY_IN_PROCESS_H
#define SYNSCOPE_REPLAY_IN_PROCESS_H

#include "replay/engine.h"

extern const struct replay_engine in_process_engine;

#endif
