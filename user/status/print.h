/* SPDX-License-Identifier: GPL-2.0-only */
/* The status of an instance, for people. */
#ifndef SYNSCOPE_STATUS_PRINT_H
#define SYNSCOPE_STATUS_PRINT_H

#include "base/terminal.h"
#include "status/status.h"

void instance_status_print(struct buffer *out, const struct terminal *terminal, const struct instance_status *status);

#endif
