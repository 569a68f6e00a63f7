/* SPDX-License-Identifier: GPL-2.0-only */
/* `top` on a table of made flows, without a terminal. */
#ifndef SYNSCOPE_TESTS_UNIT_TOP_FIXTURE_H
#define SYNSCOPE_TESTS_UNIT_TOP_FIXTURE_H

#include "fixture.h"
#include "top/keys.h"
#include "top/view.h"

#define BUCKETS 32
#define FLOWS (BUCKETS * FLOW_SLOTS_PER_BUCKET)
#define ROWS 24

struct top_fixture {
	struct instance instance;
	struct flow_bucket hot[BUCKETS];
	struct flow_cold cold[FLOWS];
	struct flow_source source;
	struct flow_sources sources;
	struct top_source rated; /* what `top` keeps of the source */
	struct top_view view;
};

extern struct top_fixture top;

void top_setup(void);
void top_teardown(void);

/* Read the table, as `top` does. */
void top_refresh(void);

/* The screen as text, which the caller frees. */
char *top_compose(struct terminal terminal, int *cursor);

/* Does a screen of 80 columns show it? */
bool top_shows(const char *what);

/* Press characters, or one key; then the screen is composed. */
void top_press(const char *keys);
void top_press_key(int key);

#endif
