/** What can be wrong with how a screen looks; each answer is a list of sentences. */
import axe from "axe-core";

// Odoo's own colours, which are not ours to change.
const STOCK = [".badge", ".btn-primary", ".o_setting_right_pane > .text-muted"];

/** Texts whose contrast is below WCAG AA, in the parts of a screen that are ours. */
export async function badContrast(page, parts, theme) {
  const there = [];
  for (const part of parts) {
    if (await page.locator(part).count()) {
      there.push(part);
    }
  }
  if (!there.length) {
    return [`${theme}: none of ${parts.join(", ")} is on the screen`];
  }
  await page.evaluate(axe.source);
  const {violations} = await page.evaluate(
    ([include, exclude]) =>
      window.axe.run({include, exclude}, {runOnly: ["color-contrast"]}),
    [there, STOCK]
  );
  return violations.flatMap(({nodes}) =>
    nodes.map((node) => `${theme}: ${node.target.join(" ")}: ${node.any[0].message}`)
  );
}

/** Parts that are wider than the screen; what scrolls by itself may be. */
export function overflow(page, parts) {
  return page.evaluate((selectors) => {
    const width = document.documentElement.clientWidth;
    const scrolls = (element) =>
      element.closest(".o_list_renderer, .table-responsive, .o_statusbar_status");
    const inside = selectors.map((part) => `${part}, ${part} *`).join(", ");
    const wide = [...document.querySelectorAll(inside)].filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width && (box.right > width + 1 || box.left < -1) && !scrolls(element);
    });
    if (document.documentElement.scrollWidth > width + 1) {
      wide.push(document.documentElement);
    }
    return wide.map(
      (element) =>
        `phone: ${element.tagName.toLowerCase()}.${[...element.classList].join(".")} is cut off`
    );
  }, parts);
}

/** Whether Odoo could not compile its style sheets, and shows the page without. */
export function brokenStyle(page) {
  return page.evaluate(() => {
    const {content} = getComputedStyle(document.body, "::before");
    return content.includes("css error") ? ["the style sheets cannot be compiled"] : [];
  });
}
