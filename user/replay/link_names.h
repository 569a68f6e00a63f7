/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SYNSCOPE_REPLAY_LINK_NAMES_H
#define SYNSCOPE_REPLAY_LINK_NAMES_H

/* The name of a link type, as libpcap has it, or "unknown". */
const char *link_type_name(int type);

#endif
