// SPDX-License-Identifier: GPL-2.0-only
// What viewers cost the server: the requests of one real page are sent again by more viewers, who need no browser.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// What the page asks for in so many milliseconds: [{at, path}].
export async function record(page, base, ms) {
	const begun = Date.now(),
		asked = [];
	const take = (request) => asked.push({ at: Date.now() - begun, path: request.url().slice(base.length) });

	page.on("request", take);
	await sleep(ms);
	page.off("request", take);
	return asked;
}

async function view(base, asked) {
	const etags = new Map(),
		begun = Date.now();

	for (const { at, path } of asked) {
		const known = etags.get(path);

		await sleep(Math.max(0, at - (Date.now() - begun)));
		const response = await fetch(base + path, { headers: known ? { "If-None-Match": known } : {} });

		await response.arrayBuffer();
		if (response.headers.get("ETag")) etags.set(path, response.headers.get("ETag"));
	}
}

async function cpuSeconds(base) {
	const metrics = await (await fetch(`${base}metrics`)).text();

	return Number(/^process_cpu_seconds_total (.*)$/m.exec(metrics)[1]);
}

async function residentBytes(base) {
	const metrics = await (await fetch(`${base}metrics`)).text();

	return Number(/^process_resident_memory_bytes (.*)$/m.exec(metrics)[1]);
}

// The share of a processor that the server takes while so many viewers ask for this, and `others` is waited for.
export async function share(base, asked, viewers, others) {
	const before = await cpuSeconds(base),
		begun = Date.now();

	await Promise.all([...Array.from({ length: viewers }, () => view(base, asked)), others]);
	return {
		share: (await cpuSeconds(base)) - before / ((Date.now() - begun) / 1000),
		bytes: await residentBytes(base),
	};
}

// The share that `synscope top` takes in so many seconds.
export async function shareOfTop(build, name, seconds) {
	const command = `TIMEFORMAT='%U %S'; time timeout ${seconds} script -qec '${build}/synscope top --name ${name}' /dev/null`;
	const { stderr } = await promisify(execFile)("bash", ["-c", `{ ${command}; } >/dev/null </dev/null || true`]);
	const [user, system] = stderr.trim().split("\n").at(-1).split(" ").map(Number);

	return (user + system) / seconds;
}
