// SPDX-License-Identifier: GPL-2.0-only
#include "schedule.h"

#include <stdlib.h>

#include "coroutine.h"
#include "explore.h"
#include "memory.h"

#define OPTIONS_MOST 512
#define CHECK_EVERY 8 /* check after so many points since the last deviation */

/* Distinguishes the choices in one state; the number of the CPU is added. */
enum where {
	WHERE_BEGIN = 0x10,
	WHERE_POINT = 0x20,
	WHERE_FINISH = 0x30,
	WHERE_END = 0x40,
};

struct option {
	enum { GO_ON, RUN, DRAIN } kind;
	int cpu;
	unsigned int store;
};

static struct schedule {
	void (*work)(int cpu);
	void (*resume)(int cpu);
	int cpus;
	int current;
	bool finished[COROUTINES];
	bool known;
	unsigned int points;
	struct option option[OPTIONS_MOST];
	unsigned int options;
} schedule;

static void leave(void)
{
	schedule.known = true;
	memory_cpu(-1);
	coroutine_switch(COROUTINE_MAIN);
}

static void add(struct option option)
{
	if (schedule.options == OPTIONS_MOST)
		abort();
	schedule.option[schedule.options++] = option;
}

static void add_cpus(void)
{
	for (int i = 0; i < schedule.cpus; i++)
		if (i != schedule.current && !schedule.finished[i])
			add((struct option){ .kind = RUN, .cpu = i });
}

/* Adds the stores of other CPUs that could become visible now. */
static void add_drains(void)
{
	for (int i = 0; i < schedule.cpus; i++)
		for (unsigned int n = 0; i != schedule.current && n < memory_waiting(i); n++)
			add((struct option){ .kind = DRAIN, .cpu = i, .store = n });
}

static void run(int cpu)
{
	schedule.current = cpu;
	memory_cpu(cpu);
	schedule.resume(cpu);
	coroutine_switch(cpu);
}

int schedule_cpu(void)
{
	return schedule.current;
}

void schedule_point(void)
{
	if (!explore_may_deviate()) {
		if (++schedule.points % CHECK_EVERY == 0)
			explore_check_known(WHERE_POINT + schedule.current);
		return;
	}
	for (;;) {
		struct option picked;

		schedule.options = 0;
		add((struct option){ .kind = GO_ON });
		add_cpus();
		add_drains();
		picked = schedule.option[explore_choose(schedule.options, false, WHERE_POINT + schedule.current)];
		if (picked.kind == GO_ON)
			return;
		if (picked.kind == RUN) {
			run(picked.cpu);
			return;
		}
		memory_drain_one(picked.cpu, picked.store);
	}
}

/* All CPUs are done, except for stores that wait; the order of the CPUs whose stores become visible is a choice. */
static void drain_all(void)
{
	for (;;) {
		struct option picked;

		schedule.options = 0;
		for (int i = 0; i < schedule.cpus; i++)
			if (memory_waiting(i))
				add((struct option){ .kind = DRAIN, .cpu = i });
		if (!schedule.options)
			return;
		picked = schedule.option[explore_choose(schedule.options, true, WHERE_END)];
		memory_drain_one(picked.cpu, 0);
	}
}

static void body(int cpu)
{
	schedule.work(cpu);
	memory_settle();
	schedule.finished[cpu] = true;
	schedule.options = 0;
	add_cpus();
	if (schedule.options)
		run(schedule.option[explore_choose(schedule.options, true, WHERE_FINISH + cpu)].cpu);
	drain_all();
	memory_cpu(-1);
	coroutine_switch(COROUTINE_MAIN);
}

void schedule_open(void (*work)(int cpu), void (*resume)(int cpu))
{
	schedule.work = work;
	schedule.resume = resume;
	coroutines_open(body);
	explore_on_known(memory_state, leave);
}

bool schedule_play(int cpus)
{
	int first;

	schedule.cpus = cpus;
	schedule.known = false;
	schedule.points = 0;
	for (int i = 0; i < COROUTINES; i++)
		schedule.finished[i] = false;
	first = explore_choose(cpus, true, WHERE_BEGIN);
	schedule.current = first;
	memory_cpu(first);
	coroutines_run(first);
	return !schedule.known;
}
