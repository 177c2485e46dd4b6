// Sphinx's search reads the pages that it found, to show a line of each. Their style attributes have no
// place on the search page, whose policy (book/_ext/alexnet_book/policy.py) would complain of each.
"use strict";

{
  const toText = Search.htmlToText;
  Search.htmlToText = (page, anchor) =>
    toText.call(Search, page.replace(/ style="[^"]*"/g, ""), anchor);
}
