/// The page's style: light and dark as the reader's system has it, one column on a phone.
enum ReportStyle {
  static let text = """
    :root{--paper:#fff;--card:#f5f6f7;--ink:#1b1f23;--soft:#4f5a65;--line:#c5ccd3;--link:#0b57a4;--good:#1a6b33;\
    --bad:#a61b1b;--mean:#0b57a4;--band:#9cc3ea;--cloud:#8a949e;--land:#cfd8cf;--sea:#eef3f8;--area:#c62828}
    @media (prefers-color-scheme:dark){:root{--paper:#14171a;--card:#1e2328;--ink:#e8eaed;--soft:#aeb7c0;--line:#3c454e;\
    --link:#8ab8f0;--good:#7fd096;--bad:#ff9a93;--mean:#8ab8f0;--band:#2f5a86;--cloud:#7c8792;--land:#3d4a40;--sea:#1b2530;\
    --area:#ff8a80}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
    header,main{max-width:1200px;margin:0 auto;padding:0 1rem}
    h1{font-size:1.7rem;margin:1rem 0 .3rem;overflow-wrap:anywhere}
    h2{font-size:1.25rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
    h3{font-size:1rem;margin:1rem 0 .3rem}
    nav{display:flex;flex-wrap:wrap;gap:.3rem 1rem}
    a{color:var(--link)}
    .skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.5rem}
    :focus-visible{outline:3px solid var(--link);outline-offset:2px}
    .state{font-weight:600}.good{color:var(--good)}.bad{color:var(--bad)}
    dl{display:flex;flex-wrap:wrap;gap:.3rem 1.5rem;margin:.5rem 0}
    dt{color:var(--soft);font-size:.85rem}dd{margin:0;overflow-wrap:anywhere}
    .maps{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:1rem}
    figure{margin:1rem 0;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.75rem;min-width:0}
    .charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,520px),1fr));gap:1rem;margin:1rem 0}
    .maps figure,.charts figure{margin:0}
    .places{display:flex;flex-wrap:wrap;gap:1rem;align-items:center}
    figcaption{overflow-wrap:anywhere}
    .layer{display:flex;gap:.5rem;align-items:center;margin:.4rem 0}.layer input{flex:1;min-width:0;min-height:24px}
    .view{position:relative;line-height:0;cursor:crosshair;touch-action:pan-y;
    background:repeating-conic-gradient(#bbb 0 25%,#ddd 0 50%) 0 0/16px 16px}
    .view img{width:100%;image-rendering:pixelated}
    .cross{position:absolute;width:13px;height:13px;margin:-7px 0 0 -7px;border:2px solid #000;outline:2px solid #fff;\
    border-radius:50%;pointer-events:none}
    .pointer{min-height:3em;margin:.4rem 0;font-variant-numeric:tabular-nums}
    .note{color:var(--soft);font-size:.9rem;margin:.4rem 0}
    .ramp{height:14px;border:1px solid var(--line)}.ticks{display:flex;justify-content:space-between;font-size:.85rem}
    .classes{list-style:none;margin:.3rem 0;padding:0;display:flex;flex-wrap:wrap;gap:.2rem .9rem;font-size:.9rem}
    .swatch{display:inline-block;width:1em;height:1em;border:1px solid var(--line);margin-right:.35em;vertical-align:-.1em}
    .wide{overflow-x:auto}figure .wide{background:linear-gradient(90deg,var(--card) 30%,transparent) local,\
    linear-gradient(270deg,var(--card) 30%,transparent) 100% 0 local,linear-gradient(90deg,var(--soft),transparent) scroll,\
    linear-gradient(270deg,var(--soft),transparent) 100% 0 scroll;background-repeat:no-repeat;\
    background-size:2rem 100%,2rem 100%,.4rem 100%,.4rem 100%}
    table{border-collapse:collapse;width:100%;font-size:.9rem}caption{text-align:left;color:var(--soft)}
    th,td{text-align:left;padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top;\
    overflow-wrap:anywhere}th{overflow-wrap:normal}
    pre{overflow:auto;background:var(--card);padding:.75rem;font-size:.85rem;max-height:40rem}
    svg{max-width:100%;height:auto;display:block}svg text{fill:var(--ink);font:12px system-ui,sans-serif}
    svg .soft{fill:var(--soft)}
    summary{cursor:pointer;min-height:24px}
    @media (max-width:640px){h1{font-size:1.35rem}.wide svg{max-width:none}}
    @media print{nav,.layer input{display:none}}

    """
}
