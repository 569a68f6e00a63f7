// SPDX-License-Identifier: GPL-2.0-only
// How many ends pass from state to state: the server counts, and rates are differences over the last seconds.

const WINDOW_MS = 10000;
const HIDDEN_MS = 60000; // a sample of before the page was hidden says nothing of now
const samples = []; // {at, counts} of the last ones; counts: Map from "side FROM TO" and the instance
let records = [];

export function take(data) {
	const at = performance.now();
	const counts = new Map();

	records = data;
	for (const record of data)
		for (const side of ["client", "server"])
			for (const { from, to, count } of record[side])
				counts.set(`${side} ${from} ${to}\n${record.instance}`, count);
	samples.push({ at, counts });
	while (samples[0].at < at - (samples.length > 2 ? WINDOW_MS : HIDDEN_MS)) samples.shift();
}

// {rates, lost, unread}. rates: Map from "side FROM TO" to how many a second, empty before there are two samples.
// unread: this server does not read the events of an instance; no place is left, or it has just been attached.
export function of(instance) {
	const chosen = records.filter((record) => !instance || record.instance === instance);
	const lost = chosen.reduce((sum, record) => sum + record.events_lost, 0);
	const unread = chosen.some((record) => !record.reads_events);
	const [first, last] = [samples[0], samples.at(-1)];
	const rates = new Map();

	for (const [key, count] of samples.length > 1 ? last.counts : []) {
		const [name, its] = key.split("\n");
		const passed = count - (first.counts.get(key) ?? 0);

		// a count that has fallen is that of a new server or instance
		if (passed > 0 && (!instance || its === instance))
			rates.set(name, (rates.get(name) ?? 0) + passed / ((last.at - first.at) / 1000));
	}
	return { rates, lost, unread };
}
