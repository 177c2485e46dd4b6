// A photograph of the reader's: chosen, dropped on a view, or pasted.
import { LARGEST_FILE } from "./page-pixels.js";

/**
 * Say in a sentence what is wrong with a file before it is opened; null when nothing is.
 * @param {File} file
 */
export function refusal(file) {
  if (!file.size) return `“${file.name}” is empty.`;
  if (file.size > LARGEST_FILE) {
    return `“${file.name}” has ${Math.round(file.size / 1e6)} MB; at most ${LARGEST_FILE / 1e6} MB can be opened.`;
  }
  return null;
}

/**
 * Call `given` with a file that is dropped on a view, or pasted while the view has the focus or is the
 * first of its kind on the screen.
 * @param {import("./kit.js").View} view
 * @param {(file: File, all: File[]) => void} given the first, and all that came with it
 */
export function dropped(view, given) {
  const { root } = view;
  const holdsFile = (/** @type {DragEvent} */ event) =>
    [...(event.dataTransfer?.types ?? [])].includes("Files");
  let inside = 0; // a view's parts are entered and left as well
  const mark = (/** @type {number} */ by) => {
    inside = Math.max(0, inside + by);
    root.classList.toggle("al-w-dropping", inside > 0);
  };
  view.listen(root, "dragenter", (event) => holdsFile(event) && mark(1));
  view.listen(root, "dragleave", (event) => holdsFile(event) && mark(-1));
  view.listen(root, "dragover", (event) => {
    if (!holdsFile(event) || !event.dataTransfer) return;
    event.preventDefault(); // else the browser opens the file in place of the page
    event.dataTransfer.dropEffect = "copy";
  });
  view.listen(root, "drop", (event) => {
    if (!holdsFile(event)) return;
    event.preventDefault();
    mark(-inside);
    const all = [...(event.dataTransfer?.files ?? [])];
    if (all.length) given(all[0], all);
  });
  view.listen(document, "paste", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (
      event.defaultPrevented ||
      target.closest?.("input[type=text], input[type=search], textarea")
    )
      return;
    const elsewhere = target.closest?.(".al-w");
    if (elsewhere ? elsewhere !== root : !onScreen(root)) return;
    const [file] = [...(event.clipboardData?.files ?? [])].filter(({ type }) =>
      type.startsWith("image/"),
    );
    if (!file) return;
    event.preventDefault(); // one view takes it
    given(file, [file]);
  });
}

/** @param {HTMLElement} root */
function onScreen(root) {
  const { top, bottom } = root.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}
