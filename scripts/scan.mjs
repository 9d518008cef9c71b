#!/usr/bin/env node
// `npm run scan`: what n8n's own scanner says of this package, offline: its two legs, the sources and the packed tarball,
// with its rules as they are (@n8n/scan-community-package, scanner.mjs, analyzePackageByName). Its third check, npm
// provenance, needs a published package.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyzePackage, SOURCE_FILE_PATTERNS } from '@n8n/scan-community-package/scanner/scanner.mjs';

execFileSync('npx', ['gulp', 'pack', '--silent'], { stdio: 'inherit' });
const [tarball] = readdirSync('build').filter((file) => file.endsWith('.tgz'));
const unpacked = mkdtempSync(join(tmpdir(), 'scan-'));
let failed = 0;
try {
	execFileSync('tar', ['-xzf', join('build', tarball), '-C', unpacked, '--strip-components=1']);
	const legs = [
		['sources', process.cwd(), SOURCE_FILE_PATTERNS],
		['packed tarball', unpacked, ['**/*.js', 'package.json']],
	];
	for (const [name, folder, patterns] of legs) {
		const { passed, message, details } = await analyzePackage(folder, patterns);
		console.log(`${name}: ${passed ? '0 errors' : message}`);
		if (details) console.log(details);
		if (!passed) failed++;
	}
	console.log(`${legs.length - failed} passed, ${failed} failed`);
} finally {
	rmSync(unpacked, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
