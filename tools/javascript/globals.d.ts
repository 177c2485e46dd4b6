// What plain scripts of the book's pages hand to one another, and libraries that bring no types along.

/** A section that a search found. */
interface SearchResult {
  address: string;
  page: string;
  title: string;
  text: string;
  terms: string[];
}

declare var alexnetLabQuiz: any;
declare var alexnetLabSearch: any;
declare var alexnetLabIndex: any;
declare var Stemmer: any;
declare var MiniSearch: any;
