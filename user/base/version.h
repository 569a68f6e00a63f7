/* SPDX-License-Identifier: GPL-2.0-only */
/* The version of the program; the Makefile reads it from here. */
#ifndef SYNSCOPE_BASE_VERSION_H
#define SYNSCOPE_BASE_VERSION_H

#define SYNSCOPE_VERSION "0.1.0"

#endif
