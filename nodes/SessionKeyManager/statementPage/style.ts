/** The looks of a statement: phone first, light and dark, on paper without colours, nothing loaded from anywhere. */
export const STATEMENT_STYLE = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #565f70; --line: #d3d9e2; --paper: #fff; --bar: #26456f; --track: #e4e8ef; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf1; --soft: #a9b3c2; --line: #3a4353; --paper: #161b23; --bar: #8fb4f0;
	--track: #2b3442; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.45 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.25rem 1rem 3rem; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; padding-top: .75rem; border-top: 2px solid var(--ink); }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
p { margin: .3rem 0; overflow-wrap: anywhere; }
.soft, small { color: var(--soft); }
small { display: block; font-size: .82rem; line-height: 1.35; overflow-wrap: anywhere; }
.figures { display: grid; gap: 0 2.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
figure { margin: .75rem 0 0; break-inside: avoid; }
figcaption { font-weight: 600; margin-bottom: .35rem; }
svg { display: block; width: 100%; height: auto; max-width: 34rem; font: 13px system-ui, sans-serif; fill: var(--ink); }
.track { fill: var(--track); }
.bar { fill: var(--bar); }
.outline { fill: none; stroke: var(--ink); stroke-width: 1; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 3px solid var(--bar); }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
th, td { padding: .45rem .6rem .45rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid var(--ink); font-size: .82rem; color: var(--soft); }
th.figure, td.figure { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.when { white-space: nowrap; }
tbody th { font-weight: 600; }
a { color: inherit; }
@media (max-width: 40rem) { table { font-size: .84rem; } td.when { white-space: normal; width: 5.2rem; }
	th.figure, td.figure { padding-right: 0; padding-left: .8rem; } }
@media print { :root { --ink: #000; --soft: #333; --line: #999; --paper: #fff; --bar: #333; --track: #fff; } @page { margin: 1.5cm; }
	body { font-size: 10pt; } main { max-width: none; padding: 0; } .scroll { overflow: visible; } thead { display: table-header-group; }
	tr { break-inside: avoid; } h2, h3 { break-after: avoid; } .track { stroke: #999; } a { text-decoration: none; } }
`;
