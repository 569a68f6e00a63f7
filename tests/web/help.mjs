// SPDX-License-Identifier: GPL-2.0-only
// The keys that close the help do nothing else.
import assert from "node:assert/strict";

// open(query): goes to the page.
export async function helpHasItsKeys(page, open) {
	await open("?all=1");
	await page.keyboard.press("Enter");
	await page.waitForSelector("#drawer .ladder");
	for (const key of ["q", "?", "Escape"]) {
		await page.keyboard.press("?");
		assert.ok(await page.isVisible("#help"), `? opens it before ${key}`);
		await page.keyboard.press(key);
		await page.waitForSelector("#help", { state: "hidden" });
		assert.ok(await page.isVisible("#drawer"), `${key} leaves the ladder open`);
	}
	await page.keyboard.press("q");
	assert.equal(await page.isVisible("#drawer"), false);
}
