// The reader's own photographs: three to eight of them, which never leave the page.
import { element, freshId } from "../_runtime/kit-elements.js";
import { refusal } from "../_runtime/page-files.js";

const [FEWEST, MOST] = [3, 8];

/**
 * Say in a sentence what is wrong with a choice of files; null when nothing is.
 * @param {File[]} files
 */
export function wrongWith(files) {
  const wrong = files.map(refusal).find(Boolean);
  if (wrong) return wrong;
  if (!files.length || (files.length >= FEWEST && files.length <= MOST)) return null;
  const given = files.length === 1 ? "1 photograph is" : `${files.length} photographs are`;
  return `${given} too ${files.length < FEWEST ? "few" : "many"}: choose ${FEWEST} to ${MOST}.`;
}

/**
 * A control to choose them with; `chosen` gets the files, or none and what is wrong.
 * @param {import("../_runtime/kit.js").View} view
 * @param {(files: File[], problem: string | null) => void} chosen
 */
export function ownPhotographs(view, chosen) {
  const input = element("input", {
    type: "file",
    accept: "image/*",
    multiple: true,
    id: freshId(),
  });
  view.listen(input, "change", () => {
    const files = [...(input.files ?? [])];
    const problem = wrongWith(files);
    chosen(problem ? [] : files, problem);
  });
  const label = `your own photographs (${FEWEST}–${MOST}, they stay here)`;
  const box = element(
    "div",
    { class: "al-w-control" },
    element("label", { for: input.id }, label),
    input,
  );
  return { box, input };
}
