/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A filter as a condition in SQL, which all rows of matching flows meet. It says less than the filter where no column
 * has what the filter asks for: the filter decides in the end.
 */
#ifndef SYNSCOPE_HISTORY_WHERE_H
#define SYNSCOPE_HISTORY_WHERE_H

#include "filter/filter.h"

/*
 * The beginning of a query that uses conditions: the segments that may have wanted rows. Both texts are freed by the
 * caller, who frees none of them if this returns -ENOMEM (not logged) instead of 0.
 */
struct history_where {
	char *with; /* "WITH wanted(n) AS (…)" */
	char *condition; /* of rows of `flows` */
};

/* `now_ns`: the time since 1970 at which a flow's age is asked for. */
int history_where(struct history_where *where, const struct filter *filter, __u64 now_ns);
void history_where_free(struct history_where *where);

#endif
