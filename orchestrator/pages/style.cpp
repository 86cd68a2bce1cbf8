// The style sheet of all pages. Colours have one meaning everywhere: blue works, yellow waits for
// data, orange waits for room; they differ in lightness too, and words say the same beside them.

#include "orchestrator/pages/page.hpp"

namespace pipectl {

std::string_view page_style() {
    return R"css(
:root { color-scheme: light dark;
  --paper: #ffffff; --ink: #1c2128; --soft: #57606a; --line: #d5dbe1; --panel: #f5f7f9;
  --running: #2f6fdb; --input: #f0c33c; --output: #d9541e; --disk: #8250df; --sleeping: #a3acb6;
  --life: #e3e8ed; --good: #1a7f37; --bad: #c21f2b; --note: #8a5a00; --edge: #9aa4af; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #0f141a; --ink: #e6ebf1; --soft: #9aa5b1; --line: #313a44; --panel: #171d25;
  --running: #4e90ff; --input: #e8bf45; --output: #ff7a45; --disk: #b08bf5; --sleeping: #67717d;
  --life: #28313b; --good: #4cc264; --bad: #ff6b64; --note: #e0ae4a; --edge: #6a7683; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 28px 24px 48px; max-width: 1180px; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans",
  "DejaVu Sans", sans-serif; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 2px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 40px 0 4px; }
p { margin: 4px 0 10px; max-width: 75ch; }
a { color: var(--running); }
.soft { color: var(--soft); }
.small { font-size: 13px; }
.verdict { font-size: 19px; font-weight: 600; margin: 14px 0 8px; }
.verdict .sign { display: inline-block; min-width: 1.5em; margin-right: 8px; padding: 0 6px;
  border-radius: 6px; text-align: center; color: var(--paper); background: var(--soft); }
.good .sign { background: var(--good); } .bad .sign { background: var(--bad); }
.warned .sign { background: var(--note); }
.callout { border-left: 4px solid var(--ink); background: var(--panel); padding: 10px 14px;
  margin: 12px 0; border-radius: 0 6px 6px 0; max-width: 90ch; }
.callout p { margin: 0; } .callout p + p { margin-top: 4px; }
pre, code, .mono { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas,
  "DejaVu Sans Mono", monospace; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px;
  padding: 10px 14px; margin: 10px 0; white-space: pre-wrap; overflow-wrap: anywhere; }
ul.figures { display: flex; flex-wrap: wrap; gap: 10px; margin: 18px 0 0; padding: 0;
  list-style: none; }
ul.figures li { background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
  padding: 8px 14px; min-width: 118px; }
ul.figures span { display: block; font-size: 12.5px; }
ul.figures strong { font-size: 19px; font-weight: 600; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
ul.figures small { font-size: 12.5px; font-weight: 400; color: var(--soft); }
.scroll { overflow-x: auto; margin: 8px 0; }
table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums;
  width: 100%; }
caption { text-align: left; color: var(--soft); font-size: 13px; padding: 0 0 6px; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: 12.5px;
  vertical-align: bottom; }
th, td { padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
tbody th { color: var(--ink); font-size: 13.5px; vertical-align: middle; }
td.n, th.n { text-align: right; }
td.n + td:not(.n), th.n + th:not(.n) { padding-left: 16px; }
.swatch { border-left: 10px solid; padding-left: 5px; }
.swatch.running { border-color: var(--running); } .swatch.input { border-color: var(--input); }
.swatch.output { border-color: var(--output); } .swatch.disk { border-color: var(--disk); }
.swatch.sleeping { border-color: var(--sleeping); }
td.bar { width: 300px; } td.curves { width: 210px; }
td.bar svg, td.curves svg { width: 100%; min-width: 110px; }
td svg path { vector-effect: non-scaling-stroke; }
td.command { white-space: normal; overflow-wrap: anywhere; min-width: 220px; }
tr.helper th, tr.helper td { color: var(--soft); font-weight: 400; }
tr.best th, tr.best td { background: var(--panel); font-weight: 600; }
.is-bad { color: var(--bad); font-weight: 600; } .is-warned { color: var(--note); }
.is-good { color: var(--good); font-weight: 600; }
figure { margin: 10px 0; } figcaption { color: var(--soft); font-size: 13px; margin-top: 6px; }
ul.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 0;
  margin: 6px 0; font-size: 13px; color: var(--soft); }
ul.legend svg { vertical-align: -2px; margin-right: 6px; }
ul.plain { margin: 6px 0; padding-left: 20px; }
svg { display: block; max-width: 100%; height: auto; }
ul.legend svg { display: inline-block; } td svg { max-width: none; }
svg text { fill: var(--ink); font: 12px system-ui, -apple-system, "Segoe UI", Roboto,
  "Noto Sans", "DejaVu Sans", sans-serif; }
svg .name { font-weight: 600; } svg .soft { fill: var(--soft); } svg .tiny { font-size: 11px; }
svg .mid { text-anchor: middle; } svg .end { text-anchor: end; }
svg .halo { stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round;
  paint-order: stroke; }
.running { fill: var(--running); } .input { fill: var(--input); } .output { fill: var(--output); }
.disk { fill: var(--disk); } .sleeping { fill: var(--sleeping); } .life { fill: var(--life); }
svg .box { fill: var(--panel); stroke: var(--edge); }
svg .box.failed { stroke: var(--bad); stroke-width: 2.5; }
svg .box.other { stroke-dasharray: 5 3; }
svg .box.limit { stroke: var(--ink); stroke-width: 2.5; }
svg text.failed { fill: var(--bad); font-weight: 600; }
svg text.limit { font-weight: 600; }
svg .edge { fill: none; stroke: var(--edge); } svg .edge.input { stroke: var(--input); }
svg .edge.output { stroke: var(--output); } svg .edge.running { stroke: var(--running); }
svg .edge.unknown { stroke-dasharray: 4 3; }
svg .head { fill: var(--edge); } svg .head.input { fill: var(--input); }
svg .head.output { fill: var(--output); } svg .head.running { fill: var(--running); }
svg .grid { stroke: var(--line); fill: none; } svg .axis { stroke: var(--edge); fill: none; }
svg .mark { stroke: var(--ink); stroke-width: 1.5; fill: none; }
svg .cancel { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 3 3; fill: none; }
svg .area { stroke: none; fill-opacity: .3; } svg .curve { fill: none; stroke-width: 1.5; }
svg .curve.running { stroke: var(--running); } svg .curve.output { stroke: var(--output); }
svg .base { stroke: var(--soft); stroke-dasharray: 4 4; fill: none; }
svg .dot { fill: var(--running); fill-opacity: .55; }
svg .interval { stroke: var(--ink); stroke-width: 5; stroke-opacity: .35; fill: none; }
.faster-1 { background: color-mix(in srgb, var(--running) 12%, transparent); }
.faster-2 { background: color-mix(in srgb, var(--running) 22%, transparent); }
.faster-3 { background: color-mix(in srgb, var(--running) 34%, transparent); }
.faster-4 { background: color-mix(in srgb, var(--running) 46%, transparent); }
.slower-1 { background: color-mix(in srgb, var(--output) 10%, transparent); }
.slower-2 { background: color-mix(in srgb, var(--output) 18%, transparent); }
.slower-3 { background: color-mix(in srgb, var(--output) 28%, transparent); }
.slower-4 { background: color-mix(in srgb, var(--output) 38%, transparent); }
@media (max-width: 1200px) { th, td { padding-right: 7px; } table { font-size: 13px; }
  tbody th { font-size: 13px; } th { font-size: 12px; } }
footer { margin-top: 44px; padding-top: 12px; border-top: 1px solid var(--line);
  color: var(--soft); font-size: 13px; }
@media print {
  :root { --paper: #ffffff; --ink: #000000; --soft: #444c56; --line: #c5ccd3; --panel: #f7f8fa;
    --running: #2f6fdb; --input: #f0c33c; --output: #d9541e; --disk: #8250df; --sleeping: #a3acb6;
    --life: #e3e8ed; --good: #1a7f37; --bad: #c21f2b; --note: #8a5a00; --edge: #9aa4af; }
  body { padding: 0; max-width: none; font-size: 11pt; print-color-adjust: exact;
    -webkit-print-color-adjust: exact; }
  .scroll { overflow: visible; } svg { min-width: 0 !important; }
  table { font-size: 8pt; } th, td { padding-right: 6px; white-space: normal; }
  tbody th, th { font-size: inherit; } td.n { white-space: nowrap; } td svg { max-width: 150px; }
  ul.legend { break-after: avoid; }
  h2 { break-after: avoid; } figure, tr, .callout { break-inside: avoid; }
}
)css";
}

}  // namespace pipectl
