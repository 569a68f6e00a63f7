// SPDX-License-Identifier: GPL-2.0-only
#include "base/text.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#define SECONDS_PER_DAY 86400

char *put_u64(char *p, __u64 value)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
				    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
				    "8081828384858687888990919293949596979899";
	char digits[U64_SIZE];
	char *first = digits + sizeof(digits);

	if (value < 10) {
		*p = '0' + value;
		return p + 1;
	}
	while (value >= 100) {
		first -= 2;
		memcpy(first, pairs + 2 * (value % 100), 2);
		value /= 100;
	}
	if (value >= 10) {
		first -= 2;
		memcpy(first, pairs + 2 * value, 2);
	} else {
		*--first = '0' + value;
	}
	memcpy(p, first, digits + sizeof(digits) - first);
	return p + (digits + sizeof(digits) - first);
}

/* Exactly `width` digits, with leading zeros. */
static char *put_padded(char *p, __u64 value, int width)
{
	for (int i = width - 1; i >= 0; i--) {
		p[i] = '0' + value % 10;
		value /= 10;
	}
	return p + width;
}

static char *put_byte(char *p, unsigned int byte)
{
	if (byte >= 100)
		*p++ = '0' + byte / 100;
	if (byte >= 10)
		*p++ = '0' + byte / 10 % 10;
	*p++ = '0' + byte % 10;
	return p;
}

static char *put_ipv4(char *p, const __u8 *bytes)
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*p++ = '.';
		p = put_byte(p, bytes[i]);
	}
	return p;
}

static char *put_hex(char *p, unsigned int group)
{
	static const char digits[] = "0123456789abcdef";

	if (group >= 0x1000)
		*p++ = digits[group >> 12];
	if (group >= 0x100)
		*p++ = digits[group >> 8 & 15];
	if (group >= 0x10)
		*p++ = digits[group >> 4 & 15];
	*p++ = digits[group & 15];
	return p;
}

struct zeros {
	int first, count;
};

/* The first of the longest runs of zero groups, if it has more than one group. */
static struct zeros longest_zeros(const __u16 group[8])
{
	struct zeros best = { 8, 0 }, run = { 0, 0 };

	for (int i = 0; i < 8; i++) {
		if (group[i]) {
			run = (struct zeros){ i + 1, 0 };
		} else if (++run.count > best.count) {
			best = run;
		}
	}
	return best.count > 1 ? best : (struct zeros){ 8, 0 };
}

static char *put_ipv6(char *p, const __u32 word[4])
{
	__u16 group[8];
	struct zeros zeros;
	bool mapped;

	for (int i = 0; i < 8; i++)
		group[i] = ntohl(word[i / 2]) >> (i % 2 ? 0 : 16);
	zeros = longest_zeros(group);
	mapped = zeros.first == 0 && (zeros.count == 6 || (zeros.count == 5 && group[5] == 0xffff));
	for (int i = 0; i < 8; i++) {
		if (i == zeros.first) {
			*p++ = ':';
			i += zeros.count - 1;
			if (i == 7)
				*p++ = ':';
			continue;
		}
		if (i)
			*p++ = ':';
		if (mapped && i == 6)
			return put_ipv4(p, (const __u8 *)&word[3]);
		p = put_hex(p, group[i]);
	}
	return p;
}

char *put_ip(char *p, const struct ip_address *address)
{
	if (address->ipv6)
		return put_ipv6(p, address->word);
	return put_ipv4(p, (const __u8 *)&address->word[0]);
}

char *put_endpoint(char *p, const struct ip_address *address, __u16 port)
{
	if (address->ipv6)
		*p++ = '[';
	p = put_ip(p, address);
	if (address->ipv6)
		*p++ = ']';
	*p++ = ':';
	return put_u64(p, port);
}

/* Days since 1970 to a date of the Gregorian calendar, by 400-year eras that begin on 1 March. */
static char *put_date(char *p, __u64 days)
{
	__u64 since_0000 = days + 719468;
	__u64 era = since_0000 / 146097;
	unsigned int day_of_era = since_0000 % 146097;
	unsigned int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	unsigned int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned int month = (5 * day_of_year + 2) / 153; /* counted from March */
	unsigned int day = day_of_year - (153 * month + 2) / 5 + 1;
	__u64 year = era * 400 + year_of_era + (month >= 10);

	p = put_padded(p, year, 4);
	*p++ = '-';
	p = put_padded(p, month < 10 ? month + 3 : month - 9, 2);
	*p++ = '-';
	return put_padded(p, day, 2);
}

char *put_time(char *p, __u64 wall_ns)
{
	__u64 seconds = wall_ns / NS_PER_S;
	unsigned int of_day = seconds % SECONDS_PER_DAY;

	p = put_date(p, seconds / SECONDS_PER_DAY);
	*p++ = 'T';
	p = put_padded(p, of_day / 3600, 2);
	*p++ = ':';
	p = put_padded(p, of_day / 60 % 60, 2);
	*p++ = ':';
	p = put_padded(p, of_day % 60, 2);
	*p++ = '.';
	p = put_padded(p, wall_ns % NS_PER_S, 9);
	*p++ = 'Z';
	return p;
}

static char *put_unit(char *p, const char *unit)
{
	while (*unit)
		*p++ = *unit++;
	return p;
}

/*
 * value / unit with three significant digits, for value / unit < 1000; rounded down, so that 999.9 stays in its unit.
 */
static char *put_three_digits(char *p, __u64 value, __u64 unit)
{
	__u64 whole = value / unit;
	int decimals = whole < 10 ? 2 : whole < 100 ? 1 : 0;
	__u64 scale = decimals == 2 ? 100 : 10;

	p = put_u64(p, whole);
	if (!decimals)
		return p;
	*p++ = '.';
	return put_padded(p, value % unit * scale / unit, decimals);
}

/* Two units, with two digits for the lower: 2m05s. */
static char *put_two_units(char *p, __u64 seconds)
{
	static const struct {
		__u64 seconds;
		char name, lower_name;
		__u64 lower;
	} units[] = {
		{ 86400, 'd', 'h', 3600 },
		{ 3600, 'h', 'm', 60 },
		{ 60, 'm', 's', 1 },
	};
	size_t i = 0;

	while (i < 2 && seconds < units[i].seconds)
		i++;
	p = put_u64(p, seconds / units[i].seconds);
	*p++ = units[i].name;
	p = put_padded(p, seconds % units[i].seconds / units[i].lower, 2);
	*p++ = units[i].lower_name;
	return p;
}

char *put_latency(char *p, __u64 ns)
{
	if (ns < 1000)
		return put_unit(put_u64(p, ns), "ns");
	if (ns < 1000000)
		return put_unit(put_three_digits(p, ns, 1000), "µs");
	if (ns < NS_PER_S)
		return put_unit(put_three_digits(p, ns, 1000000), "ms");
	if (ns < 100 * NS_PER_S)
		return put_unit(put_three_digits(p, ns, NS_PER_S), "s");
	return put_two_units(p, ns / NS_PER_S);
}

char *put_age(char *p, __u64 ns)
{
	__u64 seconds = ns / NS_PER_S;

	if (seconds < 60)
		return put_unit(put_u64(p, seconds), "s");
	if (seconds < 3600)
		return put_unit(put_u64(p, seconds / 60), "m");
	if (seconds < SECONDS_PER_DAY)
		return put_unit(put_u64(p, seconds / 3600), "h");
	return put_unit(put_u64(p, seconds / SECONDS_PER_DAY), "d");
}

/* The value divided by a power of `base`, with three significant digits; *power becomes the exponent. */
static char *put_scaled(char *p, __u64 value, unsigned int base, int *power)
{
	__u64 unit = 1;

	*power = 0;
	while (value / unit >= base) {
		unit *= base;
		++*power;
	}
	if (!*power || value / unit >= 100)
		return put_u64(p, value / unit);
	return put_three_digits(p, value / (unit / base), base);
}

char *put_short(char *p, __u64 value, unsigned int base)
{
	int power;

	p = put_scaled(p, value, base, &power);
	if (power)
		*p++ = " KMGTPE"[power];
	return p;
}

char *put_size(char *p, __u64 bytes)
{
	static const char *const units[] = { " B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB" };
	int power;

	p = put_scaled(p, bytes, 1024, &power);
	return put_unit(p, units[power]);
}

bool parse_number(const char *text, __u64 most, __u64 *number)
{
	__u64 value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned int digit = *text - '0';

		if (digit > 9 || digit > most || value > (most - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}
