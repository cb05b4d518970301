/// How reports look: one column that fits a phone, light or dark as the reader has it, plain in print.
enum PageStyle {
    static let sheet: StaticString = """
        :root{color-scheme:light dark;--ground:#f7f6f3;--card:#fff;--ink:#1c2228;--soft:#5c6770;--line:#e2e0da;--track:#eceae5;
        --m0:#d9480f;--m1:#7b8a99;--m2:#b1bcc6;--m3:#c9b58f;--whisker:#1c2228;--truth:#1e82ff}
        @media(prefers-color-scheme:dark){:root{--ground:#121518;--card:#1b2025;--ink:#e9ebed;--soft:#9ba7b1;--line:#2d343b;
        --track:#272e35;--m0:#ff7f3f;--m1:#8796a5;--m2:#5b6874;--m3:#8d7b56;--whisker:#f4f5f6;--truth:#5aa5ff}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;
        overflow-wrap:anywhere}
        main{max-width:62rem;margin:0 auto;padding:1.5rem 1rem 3rem}
        header{margin:0 0 1.25rem}
        h1{font-size:1.5rem;line-height:1.25;margin:0;letter-spacing:-.01em}
        h2{font-size:1.05rem;margin:0 0 .9rem;letter-spacing:.01em}
        h3{font-size:.95rem;margin:1.4rem 0 .6rem;color:var(--soft);font-weight:600}
        p{margin:.4rem 0}
        .soft,small{color:var(--soft)}
        small{font-size:.82rem}
        section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.1rem 1.15rem;margin:0 0 1rem}
        .headline{display:grid;gap:1.2rem}
        .headline h2{margin:0 0 .2rem;font-weight:500;font-size:.95rem;color:var(--soft)}
        .big{white-space:nowrap;font-size:clamp(3.2rem,15vw,4.2rem);line-height:1;font-weight:700;letter-spacing:-.035em;
        font-variant-numeric:tabular-nums}
        .big span{font-size:.4em;letter-spacing:0;font-weight:600;color:var(--soft);padding-left:.15em}
        .rows{display:grid;gap:.55rem;align-content:center}
        .row{display:grid;grid-template-columns:1fr auto;column-gap:.8rem;align-items:center}
        .row svg{grid-column:1/-1}
        .row .value{font-variant-numeric:tabular-nums;font-weight:600}
        .row .value small{font-weight:400}
        svg.bar{display:block;width:100%;height:.95rem}
        svg.bar.many{height:1.5rem}
        .track{fill:var(--track)}.m0{fill:var(--m0);color:var(--m0)}.m1{fill:var(--m1);color:var(--m1)}
        .m2{fill:var(--m2);color:var(--m2)}.m3{fill:var(--m3);color:var(--m3)}.whisker{fill:var(--whisker)}
        .legend{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;margin:0 0 .9rem;padding:0;list-style:none;font-size:.88rem}
        .legend li{display:flex;gap:.45rem;align-items:center;min-width:0}
        .legend i{flex:none;width:.8rem;height:.8rem;border-radius:3px;background:currentColor}
        .legend .truth{color:var(--truth)}.legend .found{color:#f0461e}.legend .mark{color:#ffc800}
        .legend span{color:var(--ink);min-width:0}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        th,td{text-align:right;padding:.45rem .5rem;border-bottom:1px solid var(--line);vertical-align:baseline}
        th{font-weight:600;font-size:.85rem;color:var(--soft)}
        th:first-child,td:first-child{text-align:left;padding-left:0}th:last-child,td:last-child{padding-right:0}
        tr:last-child td{border-bottom:0}tr.mean td{font-weight:600}
        .fold{font-weight:400;color:var(--soft)}
        .cards{display:grid;gap:.9rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,17rem),1fr))}
        .card{border:1px solid var(--line);border-radius:10px;padding:.65rem .7rem .6rem;min-width:0}
        .card header{display:flex;gap:.7rem;justify-content:space-between;align-items:baseline;margin:0 0 .5rem}
        .card header b{font-size:1.15rem;font-variant-numeric:tabular-nums;white-space:nowrap}
        .card header span{min-width:0;text-align:right}
        .shots{display:grid;grid-template-columns:repeat(3,1fr);gap:.4rem;align-items:start}
        figure{margin:0;min-width:0}
        figure img{display:block;width:100%;height:auto;border-radius:6px;background:var(--track)}
        figcaption{font-size:.75rem;color:var(--soft);margin-top:.2rem}
        .card footer{font-size:.75rem;color:var(--soft);margin-top:.35rem}
        .remarks{margin:0;padding-left:1.1rem}
        dl{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.35rem 1rem;margin:0}
        dt{color:var(--soft)}dd{margin:0;min-width:0}
        pre{margin:0;font:.82rem/1.5 ui-monospace,"DejaVu Sans Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere;
        background:var(--track);border-radius:8px;padding:.75rem .85rem}
        details{margin-top:1rem}summary{cursor:pointer;color:var(--soft)}details pre{margin-top:.6rem}
        .chart{display:grid;grid-template-columns:auto 1fr;column-gap:.55rem;font-size:.78rem;color:var(--soft);
        font-variant-numeric:tabular-nums}
        .chart .up{display:flex;flex-direction:column;justify-content:space-between;text-align:right;margin:-.6em 0}
        .chart svg{display:block;width:100%;height:clamp(11rem,34vw,17rem);overflow:visible}
        .chart .along{grid-column:2;display:flex;justify-content:space-between;margin-top:.3rem}
        .grid{stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke}
        .line{fill:none;stroke:var(--m0);stroke-width:2;vector-effect:non-scaling-stroke;stroke-linejoin:round}
        .band{fill:var(--m0);opacity:.16}
        @media(min-width:44rem){.headline{grid-template-columns:minmax(17rem,2fr) 3fr}
        .class{grid-template-columns:minmax(9rem,15rem) 1fr 5.6rem}.class svg.bar{grid-column:2;grid-row:1}
        .class .value{grid-column:3;text-align:right}}
        @media(max-width:43.99rem){table,tbody,tr,td{display:block}thead{display:none}
        tr{padding:.5rem 0;border-bottom:1px solid var(--line)}tr:last-child{border-bottom:0}
        td,td:first-child{display:flex;justify-content:space-between;gap:1rem;text-align:right;padding:.12rem 0;border:0}
        td:first-child{font-weight:600}
        td::before{content:attr(data-label);color:var(--soft);font-weight:400;text-align:left;min-width:0}
        td:first-child::before{content:none}td>*{min-width:0}
        dl{grid-template-columns:1fr;gap:0}dd{margin:0 0 .5rem}}
        @media print{:root{color-scheme:light;--ground:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--track:#eee;--m0:#c9410b;
        --m1:#777;--m2:#aaa;--m3:#c9b58f;--whisker:#000;--truth:#1e82ff}
        *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
        body{font-size:10.5pt}main{max-width:none;padding:0}section{border:0;border-radius:0;padding:.4rem 0;
        border-top:1px solid var(--line)}
        .card,.row,tr,pre{break-inside:avoid}h2,h3{break-after:avoid}details{display:none}
        .cards{grid-template-columns:repeat(2,1fr)}@page{margin:16mm}}
        """
}
