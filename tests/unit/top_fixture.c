// SPDX-License-Identifier: GPL-2.0-only
#include "top_fixture.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include <check.h>

#include "top/select.h"

struct top_fixture top;

/* Flows of all stages, some over IPv6, some refused; no two are equal. */
static struct flow_record flow_number(int i)
{
	struct flow_record record = record_at(i % (STAGE_CLOSED + 1));

	record.slot = i;
	record.hot.tag |= (__u32)(i + 1) << 5;
	record.hot.port[0] = htons(1000 + i * 37 % FLOWS);
	record.hot.dir[0].packets = (1 + i * 101 % 1009) * PACKETS_ONE;
	record.hot.dir[1].packets = i % 7 * PACKETS_ONE;
	record.cold.last_exact_ns = T0 + i * 7919 % 5003 * MS;
	if (record.cold.flags & FLOW_SYN_TO_SYNACK)
		record.cold.syn_to_synack_ns = i * 523 % 4999 * 1000;
	if (i % 5 == 0) {
		record.cold.flags |= FLOW_IPV6;
		inet_pton(AF_INET6, "2001:db8:1111:2222:3333:4444:5555:6666", record.cold.addr[0]);
		inet_pton(AF_INET6, "2001:db8::2", record.cold.addr[1]);
	}
	if (i % 11 == 3)
		record.hot.dir[1].facts |= FACT_RST;
	return record;
}

void top_setup(void)
{
	top = (struct top_fixture){ .instance.meta.name = "eth0" };
	memcpy(top.instance.meta.config.timeout_ns, default_timeouts, sizeof(default_timeouts));
	for (int i = 0; i < FLOWS; i++) {
		struct flow_record record = flow_number(i);

		top.hot[i / FLOW_SLOTS_PER_BUCKET].slot[i % FLOW_SLOTS_PER_BUCKET] = record.hot;
		top.cold[i] = record.cold;
	}
	top.source = (struct flow_source){ .instance = &top.instance, .clock.now_ns = T0 + 6 * S };
	flow_reader_init_memory(&top.source.reader, top.hot, top.cold, BUCKETS);
	top.sources = (struct flow_sources){ .source = &top.source, .count = 1 };
	ck_assert_int_eq(top_rates_open(&top.rated.rates, FLOWS), 0);
	top.view = (struct top_view){ .data = { .sources = &top.sources, .source = &top.rated },
				      .all = true,
				      .columns = top_columns_default() };
}

void top_teardown(void)
{
	flow_order_free(&top.view.data.order);
	filter_free(&top.view.filter);
	free(top.view.row);
	free(top.view.row_line);
	top_rates_close(&top.rated.rates);
}

void top_refresh(void)
{
	struct top_choice choice = top_view_choice(&top.view, ROWS);

	ck_assert_int_eq(top_data_scan(&top.view.data, &choice), 0);
	top_select_update(&top.view);
}

char *top_compose(struct terminal terminal, int *cursor)
{
	struct buffer out;

	buffer_init(&out, BUFFER_MEMORY);
	out.utf8 = terminal.utf8;
	ck_assert_int_eq(top_view_compose(&top.view, &terminal, &out, cursor), 0);
	buffer_char(&out, '\0');
	return out.data;
}

bool top_shows(const char *what)
{
	int cursor;
	char *text = top_compose((struct terminal){ .columns = 80, .rows = ROWS, .utf8 = true }, &cursor);
	bool found = strstr(text, what);

	free(text);
	return found;
}

void top_press(const char *keys)
{
	for (; *keys; keys++)
		if (top_view_key(&top.view, (unsigned char)*keys) == EFFECT_REFRESH)
			top_refresh();
}

void top_press_key(int key)
{
	if (top_view_key(&top.view, key) == EFFECT_REFRESH)
		top_refresh();
	top_shows(""); /* the layout is known after the screen was composed once */
}
