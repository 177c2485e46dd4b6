// Measures English: a JSON list of texts on standard input, one JSON object for each on standard output.
import { text as whole } from "node:stream/consumers";

import { flesch } from "flesch";
import { toString } from "nlcst-to-string";
import retextEnglish from "retext-english";
import retextIndefiniteArticle from "retext-indefinite-article";
import retextPassive from "retext-passive";
import retextRepeatedWords from "retext-repeated-words";
import retextStringify from "retext-stringify";
import { syllable } from "syllable";
import { unified } from "unified";
import { visit } from "unist-util-visit";
import { VFile } from "vfile";

const english = unified()
    .use(retextEnglish)
    .use(retextPassive)
    .use(retextRepeatedWords)
    .use(retextIndefiniteArticle)
    .use(retextStringify);

const measured = JSON.parse(await whole(process.stdin)).map((text) => {
    const file = new VFile(text);
    const tree = english.parse(file);
    english.runSync(tree, file);
    const sentences = [];
    visit(tree, "SentenceNode", (node) => {
        let words = 0;
        let syllables = 0;
        visit(node, "WordNode", (word) => {
            words += 1;
            syllables += syllable(toString(word));
        });
        const lines = [node.position.start.offset, node.position.end.offset];
        const passive = file.messages.some(
            (m) =>
                m.source === "retext-passive" &&
                m.place.start.offset >= lines[0] &&
                m.place.end.offset <= lines[1],
        );
        if (words) sentences.push({ text: toString(node), words, syllables, passive });
    });
    const slips = file.messages.filter((m) => m.source !== "retext-passive").map((m) => m.reason);
    const word = sentences.reduce((sum, s) => sum + s.words, 0);
    const parts = sentences.reduce((sum, s) => sum + s.syllables, 0);
    const ease = word ? flesch({ sentence: sentences.length, word, syllable: parts }) : null;
    return { sentences, slips, ease };
});
process.stdout.write(JSON.stringify(measured));
