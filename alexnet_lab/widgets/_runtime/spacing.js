// Keeps together, in all that a view writes, what spacing-core.js says belongs together. One observer
// hears of every text, however it was written, and mends it before it is painted.
import { together } from "./spacing-core.js";

// No line ends there by itself; and code is copied as it is written.
const AS_WRITTEN = "svg, option, code, pre, textarea";

/**
 * @param {import("./scope.js").Scope} scope
 * @param {HTMLElement} root
 */
export function keepTogether(scope, root) {
  const observer = new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes)
      for (const node of type === "characterData" ? [target] : addedNodes) mend(node);
  });
  mend(root);
  observer.observe(root, { childList: true, characterData: true, subtree: true });
  scope.ending(() => observer.disconnect());
}

/** @param {Node} node */
function mend(node) {
  const around = node instanceof Element ? node : node.parentElement;
  if (!around || around.closest(AS_WRITTEN)) return;
  if (node instanceof Text) {
    const kept = together(node.data);
    if (kept !== node.data) node.data = kept;
  } else for (const child of node.childNodes) mend(child);
}

/**
 * Write a text that may stand there already: what screen readers hear once is not to be said again.
 * @param {HTMLElement} box
 * @param {string} text
 */
export function rewrite(box, text) {
  const kept = together(text);
  if (box.textContent !== kept) box.textContent = kept;
}
