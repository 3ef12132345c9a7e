"""What can be measured of a page's accessibility by a program."""

from functools import cache
from pathlib import Path

AXE = Path(__file__).parent.parent / "vendor" / "axe-4.14.1.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SMALLEST = 24  # CSS pixels, WCAG 2.5.8

_RUN = """tags => axe.run({
  runOnly: { type: "tag", values: tags },
  rules: { "target-size": { enabled: true } },
  resultTypes: ["violations", "incomplete"],
}).then(({ violations, incomplete }) => {
  const short = (rules) => rules.flatMap(({ id, nodes }) =>
    nodes.map(({ target, any }) => `${id}: ${target} ${any[0]?.message ?? ""}`));
  return { violations: short(violations), incomplete: short(incomplete) };
})"""

# A box inside its label is as large as the label; links within a sentence may be as low as it.
_TARGETS = """smallest => {
  const small = [];
  const targets = "a[href], button, summary, input:not([type=hidden]), textarea, [tabindex='0']";
  for (const target of document.querySelectorAll(targets)) {
    if (!target.checkVisibility({ visibilityProperty: true, opacityProperty: false })) continue;
    if (target.matches(".skip:not(:focus), p a:only-of-type:not(.actions a)")) continue;
    const box = (target.closest("label") ?? target).getBoundingClientRect();
    if (box.width < smallest || box.height < smallest)
      small.push(`${target.outerHTML.slice(0, 120)}: ${box.width} × ${box.height}`);
  }
  return small;
}"""


@cache
def _axe() -> str:
    return AXE.read_text()


def carry(page) -> None:
    """Let every page that this one loads have axe-core from the start, at a tenth of the work."""
    page.context.add_init_script(_axe())


def findings(page) -> dict[str, list[str]]:
    """Return what axe-core objects to, and what it leaves to a person to look at."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(_axe())
    return page.evaluate(_RUN, TAGS)


def small_targets(page) -> list[str]:
    """Return what is to be hit but smaller than 24 × 24 pixels."""
    return page.evaluate(_TARGETS, SMALLEST)


def overflow(page) -> int:
    """Return by how many pixels the page is wider than the window."""
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
