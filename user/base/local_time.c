// SPDX-License-Identifier: GPL-2.0-only
#include "base/local_time.h"
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/message.h"
#include "base/reason.h"

static struct tm local(__u64 wall_ns)
{
	time_t seconds = (time_t)(wall_ns / NS_PER_S);
	struct tm tm = { 0 };

	localtime_r(&seconds, &tm);
	return tm;
}

char *put_local_time(char *p, __u64 wall_ns)
{
	struct tm tm = local(wall_ns);
	long minutes = labs(tm.tm_gmtoff) / 60;

	p += snprintf(p, LOCAL_TIME_SIZE - 8, "%04d-%02d-%02dT%02d:%02d:%02d.%09llu", tm.tm_year + 1900, tm.tm_mon + 1,
		      tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, wall_ns % NS_PER_S);
	if (!tm.tm_gmtoff) {
		*p++ = 'Z';
		return p;
	}
	return p + snprintf(p, 8, "%c%02ld:%02ld", tm.tm_gmtoff < 0 ? '-' : '+', minutes / 60 % 100, minutes % 60);
}

char *put_local_clock(char *p, __u64 wall_ns)
{
	struct tm tm = local(wall_ns);

	return p + snprintf(p, LOCAL_TIME_SIZE, "%02d:%02d:%02d.%06llu", tm.tm_hour, tm.tm_min, tm.tm_sec,
			    wall_ns % NS_PER_S / 1000);
}

void local_time_begin(void)
{
	errno = 0;
	tzset();
	if (is_limit(-errno))
		message_warning("cannot read the time zone: %s; times are in UTC", reason_of(-errno).text);
}

void local_time_is_utc(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
}
