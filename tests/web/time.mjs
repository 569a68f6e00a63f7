// SPDX-License-Identifier: GPL-2.0-only
// The page for a viewer whose clock is wrong, and when the server does not answer.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { until } from "./lab.mjs";
import { connect } from "./traffic.mjs";

const HOUR_MS = 3600000;

// page: a new one. Ages are those of the server's clock.
export async function ageIsTheServers(page, url) {
	await page.addInitScript((ahead) => {
		const now = Date.now;

		Date.now = () => now() + ahead;
	}, 100 * HOUR_MS);
	await page.goto(`${url}?all=1`);
	await page.waitForSelector("#flows-table tbody tr");
	await page.waitForSelector("#failures-table tbody tr");
	const heads = await page.$$eval("#flows-table th[scope=col]", (all) => all.map((head) => head.textContent));
	const texts = await page.$$eval("#flows-table tbody tr, #failures-table tbody tr", (all) =>
		all.flatMap((row) => [...row.cells].map((cell) => cell.textContent)),
	);

	assert.ok(heads.includes("Age") && heads.includes("Idle"), heads.join());
	assert.ok(texts.some((text) => /^(\d+m )?\d+s$/.test(text)), texts.join());
	assert.deepEqual(texts.filter((text) => /^\d+d \d+h/.test(text)), []);
	await page.close();
}

const saysThatItIsGone = (page) =>
	until("the page says so", async () => /does not answer/.test(await page.textContent("#notice")));

// meanwhile(): is called when the page says that the server is gone. There is a connection that the page has not seen.
export async function serverGoneAndBack(page, serve, meanwhile) {
	await serve.end();
	await saysThatItIsGone(page);
	await meanwhile();
	await connect("meanwhile", 7443);
	await serve.begin();
	await page.waitForSelector("#notice", { state: "hidden" });
}

// page: a new one, whose patience is a tenth of that of others.
export async function serverHangs(page, serve) {
	const { pid } = serve.process;
	const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
	const signal = (name) => [pid, ...children].forEach((one) => process.kill(Number(one), name));

	await page.addInitScript(() => {
		const timeout = AbortSignal.timeout.bind(AbortSignal);

		AbortSignal.timeout = (ms) => timeout(ms / 10);
	});
	await page.goto(serve.url);
	await page.waitForSelector("#flows-note:not(:empty)");
	signal("SIGSTOP");
	try {
		await saysThatItIsGone(page);
	} finally {
		signal("SIGCONT");
	}
	await page.waitForSelector("#notice", { state: "hidden" });
	await page.close();
}
