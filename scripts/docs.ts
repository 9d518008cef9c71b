// `npm run docs`: writes the pages that are made from the code.
import { writeFileSync } from 'node:fs';
import { refusalsDoc } from './refusalsDoc';

writeFileSync('docs/refusals.md', refusalsDoc());
