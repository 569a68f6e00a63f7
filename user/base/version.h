/* SPDX-License-Identifier: GPL-2.0-only */
/* The version of the program. The build may say otherwise. */
#ifndef SYNSCOPE_BASE_VERSION_H
#define SYNSCOPE_BASE_VERSION_H

#ifndef SYNSCOPE_VERSION
#define SYNSCOPE_VERSION "0.1.0"
#endif

#endif
