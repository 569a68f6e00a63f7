// SPDX-License-Identifier: GPL-2.0-only
// The page for a viewer whose clock is wrong.
import assert from "node:assert/strict";

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
