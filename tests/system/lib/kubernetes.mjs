// SPDX-License-Identifier: GPL-2.0-only
// kubernetes.mjs FILE: check each document of a file against the schema of its kind in the API of Kubernetes, and print
// the kinds. Needs the packages `yaml` and `kubernetes-models` in the working directory.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.cwd()}/`);
const { parseAllDocuments } = require("yaml");

for (const document of parseAllDocuments(readFileSync(process.argv[2], "utf8"))) {
	if (document.errors.length)
		throw document.errors[0];
	const object = document.toJS();
	const kind = require(`kubernetes-models/${object.apiVersion}/${object.kind}`)[object.kind];

	new kind(object).validate();
	console.log(object.kind);
}
