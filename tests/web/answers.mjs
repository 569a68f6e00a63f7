// SPDX-License-Identifier: GPL-2.0-only
// What the page makes of answers that real connections seldom lead to.
import assert from "node:assert/strict";
import { until } from "./lab.mjs";

// From now on answers to such a path are changed: change(data).
async function changed(page, path, change) {
	await page.route(path, async (route) => {
		const response = await route.fetch();

		await route.fulfill(response.ok() ? { response, json: change(await response.json()) } : { response });
	});
}

const facts = (page) => page.$$eval("#facts li", (all) => all.map((fact) => fact.textContent));

async function tableIsFull(page, open) {
	let used;

	await changed(page, "**/api/v1/status", (all) =>
		all.map((one) => ({ ...one, used, max_flows: 1000, slots: 2000 })),
	);
	for (const [flows, fact] of [[1000, "table 50 % full"], [1500, "⚠ table 75 % full"]]) {
		used = flows;
		await open();
		await until(`${flows} of 2000 slots are: ${fact}`, async () => (await facts(page)).includes(fact));
	}
}

const ports = async (rows) => (await rows("failures")).map(([port]) => port);
const noAttempts = (one) => Object.fromEntries(Object.keys(one.attempts).map((name) => [name, 0]));

// Port 81, where nothing was ever accepted, has no place of its own: it is one of the others if all were asked for.
async function failureWithoutSums(page, open, rows) {
	const filled = (all) => [
		...all,
		...Array.from({ length: 24 - all.length }, (_, i) => ({ ...all[0], key: String(20000 + i) })),
	];

	await open();
	await until("port 81 is one of the others", async () => (await ports(rows)).includes("of these, 81"));
	await changed(page, "**/api/v1/stats?by*", filled);
	await open();
	await until("port 81 may have a place", async () => (await ports(rows)).slice(24).includes("81, newest failures"));
}

// Services whose connections have left the table still have latencies; without them there is nothing to show.
async function idleHost(page, open, rows) {
	const histogramIs = (histogram) => ({ handshake_ns: { histogram } });
	let latencies = histogramIs([]);

	await changed(page, "**/api/v1/flows?filter=failed*", () => []);
	await changed(page, "**/api/v1/stats?by*", (all) =>
		all.map((one) => ({ ...one, attempts: noAttempts(one), latencies })),
	);
	await open();
	await until("there is no bare head", () => page.isVisible("#failures-table .empty"));
	assert.equal(await page.isVisible("#failures-table table"), false);
	for (const [from_ns, to_ns, p50] of [
		[0, 512, "256 ns"],
		[512, 576, "544 ns"],
		[4096, 4608, "4.35 µs"],
	]) {
		latencies = histogramIs([{ from_ns, to_ns, count: 1 }]);
		await open();
		await until(`a service has ${p50}`, async () =>
			(await rows("failures")).some((cells) => cells[12] === p50),
		);
	}
}

async function segmentsAreMissingAtTheEnd(page, open) {
	const told = "7 segments were not kept";
	const texts = () => page.$$eval(".ladder tbody tr", (all) => all.map((row) => row.textContent));

	await changed(page, "**/api/v1/flows/**", (flow) => ({
		...flow,
		ladder: { ...flow.ladder, missing: 7, missing_after: 2, missing_at_end: true },
	}));
	await open("?all=1&filter=server+port+80");
	await page.keyboard.press("Enter");
	await until("the end of the ladder says so", async () => (await texts()).at(-1) === told);
	assert.deepEqual((await texts()).flatMap((text, i) => (/^⋮|not kept/.test(text) ? [[i, text]] : [])), [
		[2, "⋮"],
		[(await texts()).length - 1, told],
	]);
	await page.keyboard.press("q");
}

// There may be no place for a reader of events, or not yet: the page does not know why.
async function eventsAreNotRead(page, open) {
	await changed(page, "**/api/v1/transitions", (all) => all.map((one) => ({ ...one, reads_events: false })));
	await open();
	await until("the page says where it is said why", async () =>
		/^no arrows: .*\/healthz/.test(await page.textContent("#states-note")),
	);
}

// open(query): goes to the page. rows(panel): the texts of its cells.
export async function rareAnswers(page, open, rows) {
	for (const test of [
		tableIsFull,
		failureWithoutSums,
		idleHost,
		segmentsAreMissingAtTheEnd,
		eventsAreNotRead,
	]) {
		await test(page, open, rows);
		await page.unrouteAll({ behavior: "wait" });
	}
}
