/** The page's looks: phone first, light and dark, nothing loaded from anywhere. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6577; --line: #d9dee7; --paper: #fff; --back: #f3f5f8;
	--strong: #1f5eff; --on-strong: #fff; --warn: #8a4b00; --warn-back: #fff4e0; --bad: #a3162a; --good: #12683a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf1; --soft: #a3adbd; --line: #3a4353; --paper: #1d232e;
	--back: #12161d; --strong: #6d96ff; --on-strong: #0b1020; --warn: #ffca80; --warn-back: #3a2a10; --bad: #ff9aa8;
	--good: #7fdda9; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
h3 { font-size: .95rem; margin: 1rem 0 .25rem; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem; margin-top: 1rem; }
p { margin: .25rem 0; }
ul { margin: .25rem 0; padding-left: 1.25rem; }
li { margin: .25rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1rem; margin: 0; }
dt, .soft { color: var(--soft); }
dd { margin: 0; }
dd, li, p, code { overflow-wrap: anywhere; }
code { font: .9em/1.4 ui-monospace, monospace; }
.hash { display: block; padding: .6rem .75rem; margin: .5rem 0; background: var(--back); border-radius: .5rem; }
.warning { background: var(--warn-back); border-color: var(--warn); color: var(--warn); }
button { display: flex; align-items: center; justify-content: center; gap: .6rem; width: 100%; min-height: 3rem;
	margin-top: .6rem; padding: .6rem 1rem; border: 0; border-radius: .6rem; background: var(--strong);
	color: var(--on-strong); font: inherit; font-weight: 600; cursor: pointer; }
button.quiet { background: none; border: 1px solid var(--line); color: var(--ink); }
button:disabled { opacity: .5; cursor: default; }
button:focus-visible, textarea:focus-visible, summary:focus-visible { outline: 3px solid var(--strong); outline-offset: 2px; }
button img { width: 1.5rem; height: 1.5rem; border-radius: .3rem; }
textarea { width: 100%; min-height: 4rem; padding: .6rem; border: 1px solid var(--line); border-radius: .6rem;
	background: var(--back); color: var(--ink); font: inherit; }
summary { cursor: pointer; padding: .25rem 0; }
table { width: 100%; border-collapse: collapse; }
td { padding: .6rem .25rem; border-top: 1px solid var(--line); vertical-align: top; }
td:first-child { width: 2rem; }
tr:first-child > * { border-top: 0; }
.payment { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; }
.amount { margin-left: auto; white-space: nowrap; font-variant-numeric: tabular-nums; font-weight: 600; }
.note { color: var(--warn); }
tr.out > td { opacity: .55; }
tr.out .amount { text-decoration: line-through; }
input[type="checkbox"] { width: 1.25rem; height: 1.25rem; margin: .15rem 0 0; accent-color: var(--strong); }
input[type="checkbox"]:focus-visible { outline: 3px solid var(--strong); outline-offset: 2px; }
#outcome { border-width: 2px; }
#outcome.good { border-color: var(--good); }
#outcome.bad { border-color: var(--bad); }
#outcome.good h2 { color: var(--good); }
#outcome.bad h2 { color: var(--bad); }
[hidden] { display: none !important; }
`;
