/* SPDX-License-Identifier: GPL-2.0-only */
/* A ladder, for programs. */
#ifndef SYNSCOPE_FORMAT_LADDER_FIELDS_H
#define SYNSCOPE_FORMAT_LADDER_FIELDS_H

#include "flow/ladder.h"
#include "format/sink.h"

/* Write the field "ladder", an object. The sink must support lists. */
void ladder_fields(struct sink *sink, const struct ladder *ladder);

#endif
