"""Style sheet of a report's page, for light, dark, wide and narrow screens."""
from sparse_disent.report import drawing

# Cells with a larger shade than DARK have light text. FULL is the share of ink
# in the darkest cell, in percent, on a light and on a dark page. With these the
# contrast of text is at least 4.5 to 1 on every shade, as WCAG asks.
DARK = 0.6
FULL = (100, 75)
# Colours besides those of charts, on a light and on a dark page.
COLORS = {
    **drawing.COLORS,
    "paper": ("#fdfcf9", "#161615"),
    "raised": ("#f4f2ec", "#20201e"),
    "link": ("#17456e", "#8fc1ee"),
    "on-light": ("#000000", "#ffffff"),
    "on-dark": ("#ffffff", "#000000"),
}


def _variables(index):
  colors = {name: pair[index] for name, pair in COLORS.items()}
  return "\n".join(f"  --{name}: {value};" for name, value in {
      **colors, "full": FULL[index] / 100}.items())


CSS = """
:root {
  color-scheme: light dark;
  --serif: Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue",
    "Liberation Sans", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono",
    monospace;
LIGHT
}
@media (prefers-color-scheme: dark) { :root {
DARK
} }
@media print { :root {
LIGHT
} }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0 auto; max-width: 68rem; padding: 0 1.25rem 4rem;
  background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 var(--serif);
}
p { max-width: 42rem; margin: 0 0 1rem; text-wrap: pretty; }
a { color: var(--link); text-underline-offset: 0.15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); }

header { padding: 3.5rem 0 1.5rem; border-bottom: 2px solid var(--ink); }
.kicker {
  margin: 0 0 0.75rem; color: var(--muted);
  font: 600 0.8125rem/1.2 var(--sans);
  letter-spacing: 0.08em; text-transform: uppercase;
}
h1 {
  margin: 0 0 1.5rem; font-size: clamp(1.9rem, 5vw, 3rem); line-height: 1.1;
  font-weight: 600; letter-spacing: -0.01em; overflow-wrap: anywhere;
}
dl { display: flex; flex-wrap: wrap; gap: 0.75rem 2.5rem; margin: 0; }
dt { color: var(--muted); font: 0.8125rem/1.4 var(--sans); }
dd { margin: 0; font: 600 1rem/1.4 var(--sans); overflow-wrap: anywhere; }

nav ul {
  display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; margin: 0;
  padding: 0.75rem 0; list-style: none; border-bottom: 1px solid var(--rule);
  font: 0.875rem/1.8 var(--sans);
}
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }

section { padding-top: 2.75rem; }
h2 {
  margin: 0 0 0.75rem; font-size: 1.6rem; line-height: 1.2; font-weight: 600;
}
h3 {
  margin: 2.25rem 0 0.75rem; font: 600 1rem/1.3 var(--sans);
  overflow-wrap: anywhere;
}
code { font: 0.875em var(--mono); overflow-wrap: anywhere; }
#missing { color: var(--muted); font-size: 0.9375rem; }
#missing ul { padding-left: 1.2rem; }
#missing code { display: block; overflow-x: auto; white-space: nowrap; }

/* A shade at the right edge says that a table goes on; paper that moves with
   the table covers it at the end. */
.scroll {
  overflow-x: auto; margin: 1.25rem 0 0.75rem;
  background:
    linear-gradient(var(--paper), var(--paper)) right / 1.5rem 100% no-repeat
      local,
    linear-gradient(to left, color-mix(in srgb, var(--ink) 30%, transparent),
      transparent) right / 1rem 100% no-repeat scroll;
}
table {
  border-collapse: collapse; min-width: min(100%, 28rem);
  font: 0.875rem/1.35 var(--sans); font-variant-numeric: tabular-nums;
  border-top: 1.5px solid var(--ink); border-bottom: 1.5px solid var(--ink);
}
caption {
  position: sticky; left: 0; max-width: calc(100vw - 2rem);
  padding: 0 0 0.5rem; color: var(--muted); text-align: left;
  font-size: 0.8125rem;
}
th, td { padding: 0.4rem 0.9rem; text-align: right; vertical-align: top; }
tr > :first-child {
  position: sticky; left: 0; padding-left: 0.1rem; background: var(--paper);
  text-align: left;
}
thead th { border-bottom: 1px solid var(--ink); vertical-align: bottom; }
tbody tr + tr > * { border-top: 1px solid var(--rule); }
tbody th { font-weight: 400; }
small {
  display: block; color: var(--muted); font-size: 0.75rem; font-weight: 400;
  white-space: nowrap;
}
.words { text-align: left; }
thead small { white-space: normal; }
.muted { color: var(--muted); }
.matrix :is(th, td):not(:first-child) { text-align: center; }
.shade {
  min-width: 4.2rem; color: var(--on-light);
  background: color-mix(
    in srgb, var(--ink) calc(var(--shade) * var(--full)), var(--paper));
}
.dark { color: var(--on-dark); }
.note { color: var(--muted); font: 0.8125rem/1.5 var(--sans); margin: 0; }

figure { margin: 0; }
figcaption {
  max-width: 42rem; margin-top: 0.5rem; color: var(--muted);
  font: 0.8125rem/1.5 var(--sans);
}
.grid {
  display: grid; gap: 2rem 2rem; margin: 1.5rem 0;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr));
}
svg { display: block; width: 100%; height: auto; }
.pixels { display: block; max-width: 100%; height: auto; }
.narrow {
  gap: 1.5rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 16rem), 1fr));
}
.grid .pixels { border: 1px solid var(--rule); image-rendering: pixelated; }

.strips {
  columns: 2 26rem; column-gap: 2.5rem; margin: 1.25rem 0; padding: 0;
  list-style: none;
}
.strips li {
  display: grid; gap: 0.75rem; align-items: center; break-inside: avoid;
  padding-bottom: 0.6rem; grid-template-columns: 5.5rem minmax(0, 1fr);
}
.aligned { columns: 1; max-width: 46rem; }
.aligned li { grid-template-columns: 8rem minmax(0, 1fr); }
.label { font: 0.8125rem/1.3 var(--sans); font-variant-numeric: tabular-nums; }
.label b { display: block; font-size: 0.9375rem; }
.label span { color: var(--muted); }
.bar {
  display: block; height: 3px; margin-top: 0.3rem; background: var(--rule);
}
.bar::before {
  content: ""; display: block; height: 100%; width: var(--share);
  background: var(--ink);
}
.small { columns: 4 9rem; column-gap: 1.5rem; }
.small li { grid-template-columns: 3rem minmax(0, 1fr); gap: 0.5rem; }
.small .label { color: var(--muted); font-size: 0.75rem; }
.small .label b { font-size: 0.8125rem; font-weight: 400; }

details { margin: 0.75rem 0; }
summary {
  width: fit-content; cursor: pointer; color: var(--link);
  font: 0.9375rem/1.6 var(--sans);
}
footer {
  margin-top: 3rem; padding-top: 0.75rem; border-top: 1px solid var(--rule);
  color: var(--muted); font: 0.8125rem/1.5 var(--sans);
}
@media (max-width: 40rem) {
  body { font-size: 1rem; padding: 0 1rem 3rem; }
  header { padding-top: 2rem; }
  section { padding-top: 2.25rem; }
  th, td { padding: 0.4rem 0.5rem; }
  tbody small { white-space: normal; }
  tbody th small { overflow-wrap: anywhere; }
  .shade { min-width: 3.4rem; }
  .strips li { grid-template-columns: 4.25rem minmax(0, 1fr); }
  .small { column-gap: 1rem; }
  .small li { grid-template-columns: 2.6rem minmax(0, 1fr); }
  .aligned li { grid-template-columns: minmax(0, 1fr); gap: 0.25rem; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, .skip { display: none; }
  figure, tr { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  /* All columns, on as many pages as it takes: paper does not scroll. */
  .scroll { overflow: visible; background: none; }
  table { font-size: 7.5pt; }
  caption, tr > :first-child { position: static; }
  th, td { padding: 0.25rem 0.4rem; }
  small { font-size: 6.5pt; white-space: normal; }
  .words { overflow-wrap: anywhere; }
}
""".replace("LIGHT", _variables(0)).replace("DARK", _variables(1))
