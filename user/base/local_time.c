// SPDX-License-Identifier: GPL-2.0-only
#include "base/local_time.h"
#include "base/clock.h"

#include <errno.h>
#include <stdint.h>
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

#define SECONDS_MAX (INT64_MAX / (int64_t)NS_PER_S - 86400)

/* Take exactly so many digits, for a number from `least` to `most`, and advance *text. */
static bool take_number(const char **text, int digits, int least, int most, int *value)
{
	*value = 0;
	for (; digits; digits--, ++*text) {
		if (**text < '0' || **text > '9')
			return false;
		*value = *value * 10 + **text - '0';
	}
	return *value >= least && *value <= most;
}

/* Take the fraction of a second after its point, of one to nine digits. *unit_ns: what its last digit is worth. */
static bool take_fraction(const char **text, __u64 *ns, __u64 *unit_ns)
{
	const char *begin = *text;
	int digit;

	*unit_ns = NS_PER_S;
	while (*text < begin + 9 && take_number(text, 1, 0, 9, &digit)) {
		*unit_ns /= 10;
		*ns += digit * *unit_ns;
	}
	return *text > begin;
}

/* Take a time of day, of hours and minutes at least. *unit_ns: what its last place is worth. */
static bool take_clock(const char **text, struct tm *tm, __u64 *ns, __u64 *unit_ns)
{
	if (!take_number(text, 2, 0, 23, &tm->tm_hour) || *(*text)++ != ':' ||
	    !take_number(text, 2, 0, 59, &tm->tm_min))
		return false;
	*unit_ns = 60 * NS_PER_S;
	if (**text != ':')
		return true;
	++*text;
	if (!take_number(text, 2, 0, 60, &tm->tm_sec))
		return false;
	*unit_ns = NS_PER_S;
	if (**text != '.')
		return true;
	++*text;
	return take_fraction(text, ns, unit_ns);
}

/* Take Z, +01:00 or +0100 at the end of the text. */
static bool take_zone(const char *text, int *east_s)
{
	bool west = *text == '-';
	int hours, minutes;

	*east_s = 0;
	if (*text == 'Z')
		return !text[1];
	if (*text != '+' && !west)
		return false;
	text++;
	if (!take_number(&text, 2, 0, 23, &hours))
		return false;
	text += *text == ':';
	if (!take_number(&text, 2, 0, 59, &minutes))
		return false;
	*east_s = (hours * 60 + minutes) * (west ? -60 : 60);
	return !*text;
}

/* Returns false for a day that its month does not have. A leap second may belong to the next month. */
static bool seconds_of(struct tm tm, const char *zone, time_t *seconds)
{
	int month = tm.tm_mon, east_s = 0;
	bool leap = tm.tm_sec == 60;

	if (*zone && !take_zone(zone, &east_s))
		return false;
	tm.tm_isdst = -1;
	*seconds = (*zone ? timegm(&tm) : mktime(&tm)) - east_s;
	return (tm.tm_mon == month || leap) && *seconds >= 0 && *seconds < SECONDS_MAX;
}

/* Midnight after a day, which is 23 or 25 hours long where clocks are changed. */
static time_t day_after(struct tm tm)
{
	tm.tm_mday++;
	tm.tm_isdst = -1;
	return mktime(&tm);
}

bool parse_local_time(const char *text, __u64 *first_ns, __u64 *last_ns)
{
	__u64 ns = 0, unit_ns = 0;
	struct tm tm = { 0 };
	time_t seconds;

	if (!take_number(&text, 4, 1970, 2261, &tm.tm_year) || *text++ != '-' ||
	    !take_number(&text, 2, 1, 12, &tm.tm_mon) || *text++ != '-' || !take_number(&text, 2, 1, 31, &tm.tm_mday))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	if (*text == 'T' || *text == ' ') {
		text++;
		if (!take_clock(&text, &tm, &ns, &unit_ns))
			return false;
	} else if (*text) {
		return false;
	}
	if (!seconds_of(tm, text, &seconds))
		return false;
	if (!unit_ns)
		unit_ns = (day_after(tm) - seconds) * NS_PER_S;
	*first_ns = seconds * NS_PER_S + ns;
	*last_ns = *first_ns + unit_ns - 1;
	return true;
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
