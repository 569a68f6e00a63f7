// SPDX-License-Identifier: GPL-2.0-only
// What viewers cost the server: the requests of one real page are sent again by more viewers, who need no browser.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// What the page asks for in so many milliseconds: [{at, path}].
async function record(page, base, ms) {
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

async function figures(base) {
	const metrics = await (await fetch(`${base}metrics`)).text();
	const of = (name) => Number(new RegExp(`^${name} (.*)$`, "m").exec(metrics)[1]);

	return { at: Date.now(), cpu: of("process_cpu_seconds_total"), bytes: of("process_resident_memory_bytes") };
}

// The share of a processor that `synscope top` takes.
async function shareOfTop(build, name, seconds) {
	const top = `script -qec '${build}/synscope top --name ${name}' /dev/null`;
	const timed = `TIMEFORMAT='%U %S'; { time timeout ${seconds} ${top} </dev/zero >/dev/null; } || true`;
	const { stderr } = await promisify(execFile)("bash", ["-c", timed], { env: { ...process.env, TERM: "xterm" } });
	const [user, system] = stderr.trim().split("\n").at(-1).split(" ").map(Number);

	return (user + system) / seconds;
}

// What ten viewers cost, of whom the page is one, beside what `top` of that instance costs: as a text.
export async function tenViewers(page, base, build, name) {
	const seconds = 20;
	const asked = await record(page, base, seconds * 1000);
	const before = await figures(base);
	const [top] = await Promise.all([
		shareOfTop(build, name, seconds),
		...Array.from({ length: 9 }, () => view(base, asked)),
	]);
	const after = await figures(base);
	const share = (after.cpu - before.cpu) / ((after.at - before.at) / 1000);

	return (
		`serve with ten viewers takes ${(share * 100).toFixed(1)} % of a processor and ` +
		`${(after.bytes / 2 ** 20).toFixed(0)} MiB, top ${(top * 100).toFixed(1)} %: ${(share / top).toFixed(2)} of that`
	);
}
