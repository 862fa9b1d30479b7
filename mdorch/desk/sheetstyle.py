"""How the sheet of `desk.sheet` looks: light and dark as the reader's machine, narrow screens and paper."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--paper:#f5f4f0;--card:#fff;--line:#dcd8cf;--ink:#1e1d1a;--soft:#57534a;
--waiting:#726d62;--ready:#1f6fa8;--in_progress:#0a716c;--in_review:#7344b8;--complete:#2c7d40;
--blocked:#96600b;--partial:#82690c;--failed:#b93131;--on_hold:#5d6675}
@media(prefers-color-scheme:dark){:root{--paper:#121316;--card:#1a1c20;--line:#3a3e47;--ink:#ebe9e4;
--soft:#b3b0a8;--waiting:#9a978f;--ready:#6cb8ee;--in_progress:#45c9bf;--in_review:#bd9bf2;
--complete:#72c585;--blocked:#e5ad57;--partial:#d2bb5e;--failed:#f28b82;--on_hold:#97a1b2}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:100rem;padding:1.5rem;background:var(--paper);color:var(--ink);
font:15px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.4rem;margin:0}h2{font-size:1.1rem;margin:1.6rem 0 .6rem}h3{font-size:.95rem;margin:0 0 .5rem}
h4{font-size:.85rem;margin:.6rem 0 .2rem}header p,small,footer,h3 span{color:var(--soft)}
header p{margin:.2rem 0 .6rem}progress{width:min(100%,30rem);accent-color:var(--complete)}
ul{margin:0;padding-left:1.2rem}li{margin:.25rem 0}small{display:block}em{color:var(--soft)}
code{font:.85em ui-monospace,monospace;background:var(--card);border:1px solid var(--line);
border-radius:4px;padding:0 .3em}
.board>div{display:grid;grid-template-columns:repeat(auto-fill,minmax(16rem,1fr));gap:1rem;align-items:start}
.column{--tone:var(--waiting)}.column h3{border-bottom:3px solid var(--tone);padding-bottom:.2rem}
article,details{background:var(--card);border:1px solid var(--line);border-radius:8px;
padding:.5rem .7rem;margin:0 0 .5rem}article{border-left:4px solid var(--tone)}article p{margin:.3rem 0 0}
summary{cursor:pointer}.error{color:var(--failed)}.warning{color:var(--blocked)}.info{color:var(--soft)}
.graph>div{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:8px}
.ready{--tone:var(--ready)}.in_progress{--tone:var(--in_progress)}.in_review{--tone:var(--in_review)}
.complete{--tone:var(--complete)}.blocked{--tone:var(--blocked)}.partial{--tone:var(--partial)}
.failed{--tone:var(--failed)}.on_hold{--tone:var(--on_hold)}
.box{--tone:var(--waiting)}.box.ready{--tone:var(--ready)}.box.in_progress{--tone:var(--in_progress)}
.box.in_review{--tone:var(--in_review)}.box.complete{--tone:var(--complete)}
.box.blocked{--tone:var(--blocked)}.box.partial{--tone:var(--partial)}.box.failed{--tone:var(--failed)}
.box.on_hold{--tone:var(--on_hold)}
svg rect{fill:var(--paper);stroke:var(--tone);stroke-width:2}svg text{fill:var(--ink);font-size:12px}
svg .arrow{fill:none;stroke:var(--soft);stroke-width:1.2}svg .thick{stroke:var(--ink);stroke-width:2.6}
marker path{fill:var(--soft)}footer{margin-top:2rem}
@media print{body{background:#fff}article,details{break-inside:avoid}}
"""
